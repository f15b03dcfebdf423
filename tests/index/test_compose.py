"""`compose.yaml` is what its page says; no Docker engine runs it here, so it is read, not started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    whole = yaml.safe_load(text)
    assert set(whole) == {"name", "services", "volumes"}
    assert set(whole["services"]) == {"elasticsearch"}
    found: dict[str, Any] = whole["services"]["elasticsearch"]
    return found


def test_the_image_is_the_official_one_of_a_tested_version(service: dict[str, Any]) -> None:
    newest = next(
        line.split("=")[1].split()[0]
        for line in (ROOT / ".ci" / "elasticsearch").read_text("utf-8").splitlines()
        if line.startswith("newest=")
    )
    image = f"docker.elastic.co/elasticsearch/elasticsearch:${{TINGFENG_ES_VERSION:-{newest}}}"
    assert service["image"] == image


def test_security_is_on_and_the_password_has_no_default(service: dict[str, Any]) -> None:
    environment = service["environment"]
    assert environment["xpack.security.enabled"] == "true"
    assert environment["ELASTIC_PASSWORD"].startswith("${TINGFENG_ES_PASSWORD:?")
    assert all(isinstance(value, str) for value in environment.values())  # an unquoted true is refused


def test_only_this_machine_reaches_it(service: dict[str, Any]) -> None:
    assert service["ports"] == ["127.0.0.1:9200:9200"]


def test_memory_is_bounded_and_data_stays(service: dict[str, Any]) -> None:
    assert service["mem_limit"] == "2g"
    assert service["environment"]["ES_JAVA_OPTS"] == "-Xms1g -Xmx1g"  # half of it, as Elastic advises
    assert service["ulimits"]["memlock"] == {"soft": -1, "hard": -1}  # what bootstrap.memory_lock asks for
    assert service["volumes"] == ["elasticsearch:/usr/share/elasticsearch/data"]


def test_it_is_healthy_when_it_answers_with_the_password(service: dict[str, Any]) -> None:
    kind, command = service["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    assert '"elastic:$$ELASTIC_PASSWORD"' in command  # the container's own variable, not compose's
    assert "/_cluster/health?wait_for_status=yellow" in command
