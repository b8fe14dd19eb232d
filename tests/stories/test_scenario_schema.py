"""The JSON Schema accepts what loads, and refuses what an editor should underline."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from sim.scenario.finding import shipped_files
from sim.scenario.measures import kinds
from sim.scenario.schema import document_schema
from sim.scenario.yaml_text import read_yaml
from tests.stories.small_world import PLAN, TEXT

SCHEMA = document_schema()


def _errors(text: str) -> list[str]:
    node, problems = read_yaml(text, "text")
    assert node is not None
    assert not problems
    return [e.json_path for e in jsonschema.Draft202012Validator(SCHEMA).iter_errors(node.plain())]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", sorted(shipped_files()))
def test_shipped_documents_are_accepted(name: str) -> None:
    assert _errors(shipped_files()[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", [TEXT, PLAN])
def test_the_small_world_is_accepted(text: str) -> None:
    assert _errors(text) == []


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_measures_are_told_apart_by_kind(kind: str) -> None:
    example = "".join(f"    {line}\n" for line in kinds()[kind].example.splitlines())
    text = "plan: p\nmeasures:\n  -\n" + example
    assert _errors(text) == []
    assert _errors(text + "    no_such_key: 1\n") == ["$.measures[0]"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("plan: p\nplaces:\n  - {id: x, kind: castle}", "$.places[0].kind"),
        ("plan: p\nplaces:\n  - {id: x, latt: 3}", "$.places[0]"),
        ("plan: p\nscenario: s", "$"),
        ("region: r\nparameters: {muu: 1}", "$.parameters"),
        ("plan: p\nmeasures:\n  - {id: x, kind: no_such_kind}", "$.measures[0]"),
        ("region: Capitals", "$.region"),
        ("region: r\nprovenance: {source: ''}", "$.provenance.source"),
    ],
)
def test_mistakes_are_underlined(text: str, where: str) -> None:
    assert _errors(text) == [where]


def test_overlays_need_the_id_only() -> None:
    document: dict[str, Any] = {"plan": "p", "measures": [{"id": "x", "officers": {"BBB": 4}}]}
    assert not list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    assert _errors("plan: p\nsectors:\n  - {id: x, cover: 2 h}") == []
    assert _errors("plan: p\nsectors:\n  - {cover: 2 h}") == ["$.sectors[0]"]
