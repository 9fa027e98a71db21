"""Where a cluster is found; every way that a kubeconfig can be unusable is wrong usage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.cluster.connection import connect, home_namespace
from vpsync.cluster.pod import Pod
from vpsync.errors import SettingsError


def kubeconfig(server: str = "https://cluster.test:6443", **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "one", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "CANARY-token"}}],
        "contexts": [
            {"name": "first", "context": {"cluster": "one", "user": "me"}},
            {"name": "second", "context": {"cluster": "two", "user": "me"}},
        ],
        "current-context": "first",
        **more,
    }


@pytest.fixture(autouse=True)
def _nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No kubeconfig and no pod but what a test sets up."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def write(path: Path, content: Any) -> str:
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    path.write_text(text)
    return str(path)


def test_the_current_context_is_used(tmp_path: Path) -> None:
    api = connect(write(tmp_path / "config", kubeconfig()), None, "vpsync/1", 4)
    assert api.host == "https://cluster.test:6443"
    assert api.user_agent == "vpsync/1"
    assert api.open(None).connection_pool_kw["maxsize"] == 4


def test_the_library_does_not_try_again_by_itself(tmp_path: Path) -> None:
    api = connect(write(tmp_path / "config", kubeconfig()), None, "vpsync", 4)
    assert api.open(None).connection_pool_kw["retries"].total is False


def test_another_context_may_be_named(tmp_path: Path) -> None:
    clusters = [
        {"name": "one", "cluster": {"server": "https://one.test"}},
        {"name": "two", "cluster": {"server": "https://two.test"}},
    ]
    path = write(tmp_path / "config", kubeconfig(clusters=clusters))
    assert connect(path, "second", "vpsync", 4).host == "https://two.test"


def test_the_variable_of_kubectl_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", write(tmp_path / "config", kubeconfig()))
    assert connect(None, None, "vpsync", 4).host == "https://cluster.test:6443"


def test_the_flag_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = write(tmp_path / "other", kubeconfig("https://other.test"))
    monkeypatch.setenv("KUBECONFIG", other)
    path = write(tmp_path / "config", kubeconfig())
    assert connect(path, None, "vpsync", 4).host == "https://cluster.test:6443"


UNUSABLE: dict[str, Any] = {
    "empty": "",
    "no map": "- a\n- b\n",
    "text": "hello",
    "no YAML": "a: [",
    "a tab": "\ta: b",
    "no contexts": {"apiVersion": "v1", "kind": "Config"},
    "contexts that are no list": kubeconfig(contexts="x"),
    "clusters that are no list": kubeconfig(clusters={"a": 1}),
    "no current context": {k: v for k, v in kubeconfig().items() if k != "current-context"},
    "a current context that is not there": kubeconfig(**{"current-context": "third"}),
    "a cluster that is not there": kubeconfig(clusters=[]),
    "a cluster that is null": kubeconfig(clusters=[{"name": "one", "cluster": None}]),
    "a certificate that is not there": kubeconfig(
        clusters=[
            {
                "name": "one",
                "cluster": {"server": "https://x", "certificate-authority": "/nowhere.pem"},
            }
        ]
    ),
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_kubeconfig_is_wrong_usage_told_in_one_line(
    tmp_path: Path, content: Any
) -> None:
    path = write(tmp_path / "config", content)
    with pytest.raises(SettingsError, match="kubeconfig") as raised:
        connect(path, None, "vpsync", 4)
    assert "\n" not in str(raised.value)
    assert "CANARY" not in str(raised.value)


def test_bytes_that_are_no_text_are_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="kubeconfig"):
        connect(str(path), None, "vpsync", 4)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        connect(str(tmp_path / "nothing"), None, "vpsync", 4)


def test_no_kubeconfig_at_all_is_wrong_usage() -> None:
    with pytest.raises(SettingsError, match="kubeconfig"):
        connect(None, None, "vpsync", 4)


def test_a_context_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    path = write(tmp_path / "config", kubeconfig())
    with pytest.raises(SettingsError, match="third"):
        connect(path, "third", "vpsync", 4)


def test_the_kubeconfig_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config"
    write(path, kubeconfig())
    before = path.read_bytes()
    connect(str(path), None, "vpsync", 4)
    assert path.read_bytes() == before


class TestTheHomeNamespace:
    @pytest.mark.parametrize(("named", "home"), [({"namespace": "team"}, "team"), ({}, "default")])
    def test_is_that_of_the_context(self, tmp_path: Path, named: dict[str, str], home: str) -> None:
        context = {"cluster": "one", "user": "me", **named}
        contexts = [{"name": "first", "context": context}]
        config = write(tmp_path / "config", kubeconfig(contexts=contexts))
        assert home_namespace(config, None) == home

    def test_is_that_of_the_pod_where_the_cluster_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "account"
        folder.mkdir()
        for name, text in {"token": "CANARY", "namespace": "vpsync\n", "ca.crt": ""}.items():
            (folder / name).write_text(text)
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "cluster.test")
        monkeypatch.setattr(Pod, "__init__", _pod_at(folder))
        assert home_namespace(None, None) == "vpsync"
        (folder / "namespace").unlink()
        assert home_namespace(None, None) == "default"
        config = write(tmp_path / "config", kubeconfig())
        assert home_namespace(config, None) == "default", "the pod is in another cluster, perhaps"


def _pod_at(folder: Path) -> Callable[..., None]:
    made = Pod.__init__

    def make(self: Pod, environment: Mapping[str, str]) -> None:
        made(self, environment, folder)

    return make
