"""The model against Druva's documents, by another way than the one that made it.

The documents are read with an OpenAPI library (prance), the catalogue is what `druva.operations()` says. Whatever differs
must stand in `api/overlay` with a reason. Where the documents are is said by `DRUVA_SPECS`; without it they are looked
for beside the repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prance.util.resolver import RefResolver

import druva

ROOT = Path(__file__).parents[2]
SPECS = Path(os.environ.get("DRUVA_SPECS", ROOT.parent / "shared" / "specs"))
METHODS = ("get", "post", "put", "patch", "delete")

Facts = dict[str, Any]

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(),
    reason="Druva's documents are not part of the repository: set DRUVA_SPECS to their folder",
)


def listed() -> list[Facts]:
    return yaml.safe_load((ROOT / "api/documents.yaml").read_text())


def overlays() -> dict[str, tuple[Facts, dict[str, list[str]]]]:
    """By the file of a document: the overlay that speaks of it, and that overlay's documents with their clouds."""
    found = {}
    for path in (ROOT / "api/overlay").glob("*.yaml"):
        overlay = yaml.safe_load(path.read_text())
        documents = overlay.get("documents") or {path.stem: overlay["clouds"]}
        found |= dict.fromkeys(documents, (overlay, documents))
    return found


def resolved(document: str) -> Facts:
    url = (SPECS / f"{document}.json").resolve()
    resolver = RefResolver(
        json.loads(url.read_text()), str(url), recursion_limit_handler=lambda *_: {}
    )
    resolver.resolve_references()
    return resolver.specs


def base(specs: Facts) -> str:
    url = specs["servers"][0]["url"].split("//")[-1]
    return "/" + url.partition("/")[2].strip("/") if "/" in url.strip("/") else ""


def published(specs: Facts) -> Iterator[tuple[str, str, Facts]]:
    for path, item in specs["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                shared = item.get("parameters", [])
                yield (
                    method.upper(),
                    path,
                    operation | {"parameters": operation.get("parameters", []) + shared},
                )


def folded(schema: Facts) -> Facts:
    """The members of a schema and of the cases that it is made of."""
    whole = {"properties": {}, "required": list(schema.get("required", []))}
    for case in schema.get("allOf", []):
        part = folded(case)
        whole["properties"] |= part["properties"]
        whole["required"] += part["required"]
    properties = schema.get("properties")
    if isinstance(properties, dict):
        whole["properties"] |= properties
    return whole


def arguments(operation: Facts) -> dict[tuple[str, str], tuple[bool, Facts]]:
    """By place and wire name: whether it is required, and its schema."""
    found = {
        (it["in"], it["name"]): (bool(it.get("required")), it.get("schema", {}))
        for it in operation["parameters"]
    }
    content = operation.get("requestBody", {}).get("content", {})
    for media in list(content.values())[:1]:
        schema = folded(media.get("schema", {}))
        for name, member in schema["properties"].items():
            found["body", name] = (name in schema["required"], member)
        if not schema["properties"]:
            found["body", "body"] = (
                bool(operation["requestBody"].get("required")),
                media.get("schema", {}),
            )
    return found


def kind(schema: Facts) -> str:
    """What the catalogue calls a plain type; nothing of one that it names."""
    if len(schema.get("allOf", [])) == 1:
        return kind(schema["allOf"][0])
    if schema.get("type") == "string" and schema.get("format") == "date-time":
        return "date-time"
    return {"array": "list of "}.get(schema.get("type", ""), schema.get("type", ""))


def catalogue() -> dict[str, Facts]:
    return {it["id"]: it for it in druva.operations()}


def path_on(operation: Facts, clouds: list[str]) -> set[str]:
    return {operation["routes"].get(cloud, operation["path"]) for cloud in clouds}


def excused(overlay: Facts, entry: Facts, name: str, *keys: str) -> bool:
    """Whether the overlay says one of these things about a parameter, with a reason."""
    notes = [entry.get("params", {}).get(name), overlay.get("params", {}).get(name)]
    notes = [note for note in notes if isinstance(note, dict)]
    return any(key in note for note in notes for key in keys) and any(
        "reason" in note for note in notes
    )


@pytest.mark.parametrize("document", [it["document"] for it in listed()])
def test_catalogue_says_what_the_document_says(document: str) -> None:
    file = next(it["file"] for it in listed() if it["document"] == document)
    overlay, documents = overlays()[file]
    operations = catalogue()
    specs = resolved(document)
    differences = []
    count = 0
    for method, path, facts in published(specs):
        count += 1
        entry = overlay["operations"].get(f"{method} {path}")
        if entry is None:
            differences.append(f"{method} {path}: no entry")
            continue
        if "by" in entry:
            continue
        known = operations.get(entry.get("same_as", entry.get("id")))
        if known is None:
            differences.append(f"{method} {path}: no operation {entry}")
            continue
        if "same_as" in entry:
            assert entry["reason"], f"{method} {path} is another operation without a reason"
            continue
        if known["method"] != method or base(specs) + path not in path_on(known, documents[file]):
            differences.append(f"{known['id']}: not {method} {base(specs)}{path}")
        differences += compare(overlay, entry, known, facts)
    assert not differences, "\n".join(differences)
    assert count, "the document publishes nothing"


def compare(overlay: Facts, entry: Facts, known: Facts, facts: Facts) -> Iterator[str]:
    declared = arguments(facts)
    wanted = {(it["place"], it["wire"]): it for it in known["params"]}
    name_of = known["id"]
    for (place, name), (required, schema) in declared.items():
        if place == "body" and ("path", name) in declared:
            # What the path says is said.
            continue
        have = wanted.pop((place, name), None)
        if have is None:
            if not excused(overlay, entry, name, "drop"):
                yield f"{name_of}: {name} of the {place} is missing"
            continue
        required = required or place == "path"
        if have["required"] != required and not excused(
            overlay, entry, name, "required", "default"
        ):
            yield f"{name_of}: {name} is {'' if required else 'not '}required"
        expected = kind(schema)
        plain = expected in ("string", "integer", "number", "boolean", "date-time", "list of ")
        if (
            plain
            and not have["type"].startswith(expected)
            and not excused(overlay, entry, name, "type", "values")
        ):
            yield f"{name_of}: {name} is {have['type']}, not {expected}"
    for place, name in wanted:
        if not excused(overlay, entry, name, "add"):
            yield f"{name_of}: {name} of the {place} is not in the document"


def test_every_operation_is_published() -> None:
    ids = {
        entry["id"]
        for overlay, _ in overlays().values()
        for entry in overlay["operations"].values()
        if "id" in entry
    }
    assert ids == set(catalogue())
