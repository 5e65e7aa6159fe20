"""A file that looks like a part of a configuration, or like a template, is told as such."""

from pathlib import Path

import pytest

from poise.reading.read import Reading, Sources, read

SHOP = """frontend shop
    bind 127.0.0.1:8080
    default_backend web
backend web
    server a 127.0.0.1:8081
"""
DEFAULTS = "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"


def reading(folder: Path, *texts: str) -> Reading:
    names = [str(folder / f"{number}.cfg") for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        Path(name).write_text(text)
    return read(Sources(in_order=names))


def test_a_file_without_what_all_share_may_be_a_part(tmp_path: Path) -> None:
    (remark,) = reading(tmp_path, SHOP).parts
    assert "`-f A -f B`" in remark.text


@pytest.mark.parametrize(
    "texts",
    [
        (DEFAULTS, SHOP),
        (DEFAULTS + SHOP,),
        (SHOP.replace("    bind", "    timeout client 5s\n    bind").replace("    server", "    timeout server 5s\n    server"),),
    ],
)
def test_one_that_has_it_or_is_read_with_it_is_none(tmp_path: Path, texts: tuple[str, ...]) -> None:
    assert reading(tmp_path, *texts).parts == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("Terraform", "backend web\n%{ for host in hosts ~}\n    server ${host.name} ${host.address}:80\n%{ endfor ~}\n"),
        ("FreeMarker", "backend web\n<#list hosts as host>\n    server ${host} ${host}:80\n</#list>\n"),
        ("Mako", "backend web\n  % for host in hosts:\n    server ${ host } ${ host }:80\n  % endfor\n"),
    ],
)
def test_a_template_of_haproxys_file_is_told_by_its_language(tmp_path: Path, language: str, text: str) -> None:
    (told,) = reading(tmp_path, DEFAULTS + text).could_not
    assert f"it is a template ({language})" in told.reason
