"""Files that are left out: what is not read is counted, a pattern that leaves nothing out is told."""

import json
from pathlib import Path

import pytest
from test_audit_options import GOOD, UNEVEN, audited, poise

CHART = "{{- range .Values.servers }}\nbackend web\n    server {{ .name }} {{ .address }}\n{{- end }}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "helm" / "templates").mkdir(parents=True)
    (tmp_path / "helm" / "templates" / "haproxy.yaml").write_text(CHART)
    (tmp_path / "helm" / "values.yaml").write_text("servers: []\n")
    (tmp_path / "haproxy.cfg").write_text(GOOD)
    return tmp_path


def test_a_chart_beside_a_configuration_is_left_out_and_counted(repository: Path) -> None:
    assert poise("audit", ".", cwd=repository).returncode == 2
    done = poise("audit", "--exclude", "helm/**", ".", cwd=repository)
    assert (done.returncode, "; 2 files excluded" in done.stdout) == (0, True), done.stdout
    made = audited("--exclude", "templates/", ".", cwd=repository)
    assert (made["excluded"], made["could_not"], made["remarks"]) == (["helm/templates/haproxy.yaml"], [], [])


def test_patterns_count_from_where_poise_runs_and_from_the_folder_that_was_named(repository: Path) -> None:
    for pattern in (f"{repository.name}/helm/**", "helm/**", "/helm", "*.yaml"):
        made = audited("--exclude", pattern, repository.name, cwd=repository.parent)
        assert (len(made["excluded"]), made["could_not"]) == (2, []), pattern
    assert len(audited("--exclude", "helm/**", str(repository), cwd=Path("/"))["excluded"]) == 2


def test_poise_toml_leaves_out_as_well_for_audit_and_predict(repository: Path) -> None:
    (repository / "poise.toml").write_text('[audit]\nexclude = ["helm/**"]\n')
    assert poise("audit", ".", cwd=repository).returncode == 0
    done = poise("predict", ".", cwd=repository)
    assert (done.returncode, "2 files excluded." in done.stdout) == (0, True), done.stdout
    assert len(json.loads(poise("predict", "--format", "json", ".", cwd=repository).stdout)["excluded"]) == 2


def test_a_pattern_that_leaves_nothing_out_is_a_remark(repository: Path) -> None:
    (repository / "poise.toml").write_text('[audit]\nexclude = ["helm/**", "old/"]\n')
    made = audited("--exclude", "chart/**", ".", cwd=repository)
    assert [(each["file"], each["text"].split(" leaves")[0]) for each in made["remarks"]] == [
        (".", "--exclude `chart/**`"),
        ("poise.toml", "exclude `old/`"),
    ]
    assert poise("audit", "--exclude", "chart/**", ".", cwd=repository).returncode == 0


@pytest.mark.parametrize("pattern", ["a\\", "[z-a]", "!helm", "", "# helm"])
def test_what_is_no_pattern_is_said(pattern: str, repository: Path) -> None:
    done = poise("audit", "--exclude", pattern, ".", cwd=repository)
    assert (done.returncode, "helm/**" in done.stderr) == (64, True)
    (repository / "poise.toml").write_text(f"[audit]\nexclude = [{json.dumps(pattern)}]\n")
    (entry,) = [each for each in audited(".", cwd=repository)["could_not"] if each["file"].endswith("poise.toml")]
    assert (entry["line"], "audit.exclude" in entry["reason"]) == (2, True)


def test_with_everything_left_out_nothing_is_called_clean(repository: Path) -> None:
    for path in (".", "haproxy.cfg"):
        done = poise("audit", "--exclude", "*", path, cwd=repository)
        assert (done.returncode, "nothing was read" in done.stdout) == (2, True), done.stdout


@pytest.mark.parametrize("form", ["github", "markdown", "sarif"])
def test_every_form_says_what_was_left_out(form: str, repository: Path) -> None:
    (repository / "uneven.cfg").write_text(UNEVEN)
    done = poise("audit", "--format", form, "--exclude", "helm", ".", cwd=repository)
    assert done.returncode == 1
    assert "excluded" in done.stdout
