"""Includes of nginx on the disk."""

from pathlib import Path

from poise.app.read_nginx import topologies


def test_one_unreadable_file_of_a_pattern_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    main = tmp_path / "nginx.conf"
    main.write_text("events {}\nhttp { include c/*.conf; }\n")
    (tmp_path / "c").mkdir()
    for name in "ac":
        (tmp_path / "c" / f"{name}.conf").write_text(f"upstream {name} {{ server 10.0.0.1; }}\n")
    (tmp_path / "c" / "b.conf").symlink_to("/dev/null")
    (topology,) = topologies([(str(main), main.read_text())])
    assert [pool.name for pool in topology.pools] == ["a", "c"]
    assert [(entry.line, "b.conf cannot be read" in entry.reason) for entry in topology.could_not] == [(2, True)]
