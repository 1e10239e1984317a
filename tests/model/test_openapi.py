"""The emulator under requests that schemathesis makes up from the project's own OpenAPI files.

Whatever comes, it answers with a status of the API's own, and what it calls JSON is JSON.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation.hypothesis.reporting import UnsatisfiableSchema

from druva.testing import Emulator

ROOT = Path(__file__).parents[2]
EXAMPLES = 6
EXPECTED = {200, 201, 202, 204, 400, 404, 409, 415, 422}
# What these have to be, the documents say in prose alone.
KNOWN = {
    "workloadName": "nas",
    "authentities": "pType=org;pID=1",
    "authEntities": "pType=org;pID=1",
}

Facts = dict[str, Any]


def cases() -> list[tuple[str, str, str]]:
    """Each document with the first of its clouds, and whose token it wants."""
    found = []
    for path in sorted((ROOT / "api/overlay").glob("*.yaml")):
        overlay = yaml.safe_load(path.read_text())
        documents = overlay.get("documents") or {path.stem: overlay["clouds"]}
        found += [
            (file, clouds[0], overlay.get("realm", "cloud")) for file, clouds in documents.items()
        ]
    return [case for case in found if "authentication" not in case[0]]


def fetched(url: str, headers: dict[str, str], form: str | None) -> Facts:
    request = urllib.request.Request(url, form and form.encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def credentials(emulator: Emulator, cloud: str, realm: str) -> dict[str, str]:
    """The headers of a caller with a token."""
    if cloud == "cloudranger":
        key = {"x-api-key": emulator.api_key}
        token = fetched(f"{emulator.url}/202004/authorize", key, None)["token"]
        return key | {"authorization": f"Bearer {token}"}
    pair = base64.b64encode(f"{emulator.client_id}:{emulator.client_secret}".encode()).decode()
    path, scope = ("/msp/auth/v1/token", "") if realm == "msp" else ("/token", "&scope=read")
    form = "grant_type=client_credentials" + scope
    headers = {"authorization": f"Basic {pair}"}
    token = fetched(emulator.url + path, headers, form)["access_token"]
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize(("file", "cloud", "realm"), cases())
def test_answers_whatever_comes(file: str, cloud: str, realm: str) -> None:
    document = yaml.safe_load((ROOT / f"api/openapi/{file}.yaml").read_text())
    base = "/" + document["servers"][0]["url"].split("//")[-1].partition("/")[2].strip("/")
    statuses: Counter[int] = Counter()
    odd = []
    with Emulator(devices=12, users=5, cloud=cloud) as emulator:
        headers = credentials(emulator, cloud, realm)
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            operation = result.ok()
            if any(name in operation.path for name in ("/token", "/authorize")):
                continue

            @settings(
                max_examples=EXAMPLES,
                database=None,
                deadline=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def send(case: schemathesis.Case) -> None:
                for given in (case.path_parameters, case.headers):
                    given.update({name: KNOWN[name] for name in given if name in KNOWN})
                answer = case.call(base_url=emulator.url + base.rstrip("/"), headers=headers)
                statuses[answer.status_code] += 1
                what = f"{case.method} {case.path}: {answer.status_code}"
                if answer.status_code not in EXPECTED:
                    odd.append(what)
                if answer.content and "json" in str(answer.headers.get("content-type")):
                    json.loads(answer.content)

            try:
                send()
            except UnsatisfiableSchema:
                # Some documents allow an argument no value at all: a boolean that is one of the texts "true".
                continue
    assert not odd, "\n".join(odd)
    assert any(status < 300 for status in statuses), statuses
    print(f"{file}: {dict(statuses)}")
