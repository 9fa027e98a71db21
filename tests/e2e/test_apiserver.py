"""The API server that the other e2e tests rely on does what they rely on."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import urllib.request
from pathlib import Path

import pytest

from .apiserver.audit import AuditEntry, AuditError
from .apiserver.binaries import BinariesError, find_binaries
from .apiserver.server import ApiServer

_CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}


def _writes(apiserver: ApiServer, mark: int) -> list[AuditEntry]:
    return [e for e in apiserver.audit_since(mark) if e.mutating and not e.internal]


def _create_reader(apiserver: ApiServer, namespace: str) -> Path:
    """Kubeconfig of a new service account that has no right yet."""
    apiserver.kubectl("create", "serviceaccount", "reader", f"--namespace={namespace}")
    return apiserver.kubeconfig_for(apiserver.service_account_token(namespace, "reader"))


def _apply_as_yaml(apiserver: ApiServer, namespace: str, manifest: str) -> None:
    """Apply a ConfigMap named ``one`` the way kubectl does not: its body is not JSON."""
    config = json.loads(apiserver.admin_kubeconfig.read_text())
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"])
    request = urllib.request.Request(
        f"{apiserver.url}/api/v1/namespaces/{namespace}/configmaps/one?fieldManager=test",
        method="PATCH",
        data=manifest.encode(),
        headers={
            "Authorization": f"Bearer {config['users'][0]['user']['token']}",
            "Content-Type": "application/apply-patch+yaml",
        },
    )
    context = ssl.create_default_context(cadata=authority.decode("ascii"))
    with urllib.request.urlopen(request, context=context) as response:
        response.read()


def test_client_and_server_have_a_version(apiserver: ApiServer) -> None:
    version = json.loads(apiserver.kubectl("version", "--output=json").stdout)
    assert version["serverVersion"]["major"] == "1"
    assert version["clientVersion"]["major"] == "1"


def test_a_write_is_in_the_audit_log_with_its_user_and_body(
    apiserver: ApiServer, namespace: str
) -> None:
    mark = apiserver.audit_mark()
    apiserver.kubectl(
        "create", "--filename=-", f"--namespace={namespace}", input=json.dumps(_CONFIG_MAP)
    )
    [entry] = _writes(apiserver, mark)
    assert (entry.verb, entry.user, entry.code) == ("create", "admin", 201)
    assert (entry.group, entry.resource, entry.subresource) == ("", "configmaps", "")
    assert (entry.namespace, entry.name) == (namespace, "settings")
    assert entry.body["metadata"]["name"] == "settings"


def test_a_server_side_apply_is_in_the_audit_log_with_its_patch(
    apiserver: ApiServer, namespace: str
) -> None:
    mark = apiserver.audit_mark()
    apiserver.kubectl(
        "apply",
        "--server-side",
        "--filename=-",
        f"--namespace={namespace}",
        input=json.dumps({**_CONFIG_MAP, "data": {"colour": "blue"}}),
    )
    [entry] = _writes(apiserver, mark)
    assert (entry.verb, entry.resource, entry.name) == ("patch", "configmaps", "settings")
    assert entry.body["data"] == {"colour": "blue"}


def test_reads_reviews_and_dry_runs_are_logged_but_not_mutating(
    apiserver: ApiServer, namespace: str
) -> None:
    mark = apiserver.audit_mark()
    in_namespace = f"--namespace={namespace}"
    apiserver.kubectl("get", "configmaps", in_namespace)
    apiserver.kubectl("auth", "can-i", "list", "configmaps", in_namespace)
    apiserver.kubectl("create", "configmap", "settings", "--dry-run=server", in_namespace)
    entries = [(e.verb, e.resource) for e in apiserver.audit_since(mark) if e.namespace]
    assert ("list", "configmaps") in entries
    assert ("create", "configmaps") in entries
    assert _writes(apiserver, mark) == []


def test_a_write_that_the_audit_log_cannot_hold_is_an_error_and_not_silence(
    apiserver: ApiServer, namespace: str
) -> None:
    mark = apiserver.audit_mark()
    _apply_as_yaml(apiserver, namespace, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}")
    with pytest.raises(AuditError, match=f"/namespaces/{namespace}/configmaps/one"):
        apiserver.audit_since(mark)
    assert _writes(apiserver, mark) == []


def test_a_mark_hides_what_came_before(apiserver: ApiServer, namespace: str) -> None:
    apiserver.kubectl("create", "configmap", "before", f"--namespace={namespace}")
    mark = apiserver.audit_mark()
    apiserver.kubectl("create", "configmap", "after", f"--namespace={namespace}")
    assert [e.name for e in _writes(apiserver, mark)] == ["after"]


def test_a_service_account_may_do_nothing_without_a_role(
    apiserver: ApiServer, namespace: str
) -> None:
    kubeconfig = _create_reader(apiserver, namespace)
    mark = apiserver.audit_mark()
    result = apiserver.kubectl(
        f"--kubeconfig={kubeconfig}",
        "get",
        "configmaps",
        f"--namespace={namespace}",
        check=False,
    )
    assert result.returncode != 0
    assert "Forbidden" in result.stderr
    [entry] = [e for e in apiserver.audit_since(mark) if e.resource == "configmaps"]
    assert entry.user == f"system:serviceaccount:{namespace}:reader"
    assert entry.code == 403


def test_a_service_account_may_do_what_its_role_says(apiserver: ApiServer, namespace: str) -> None:
    kubeconfig = _create_reader(apiserver, namespace)
    in_namespace = f"--namespace={namespace}"
    apiserver.kubectl(
        "create", "role", "reader", "--verb=list", "--resource=configmaps", in_namespace
    )
    apiserver.kubectl(
        "create",
        "rolebinding",
        "reader",
        "--role=reader",
        f"--serviceaccount={namespace}:reader",
        in_namespace,
    )
    apiserver.wait_until_allowed(kubeconfig, "list", "configmaps", in_namespace)
    apiserver.kubectl(f"--kubeconfig={kubeconfig}", "get", "configmaps", in_namespace)
    with pytest.raises(AssertionError, match="Forbidden"):
        apiserver.kubectl(f"--kubeconfig={kubeconfig}", "get", "secrets", in_namespace)


def test_an_unknown_token_is_refused(apiserver: ApiServer, namespace: str) -> None:
    kubeconfig = apiserver.kubeconfig_for("nobody")
    result = apiserver.kubectl(
        f"--kubeconfig={kubeconfig}",
        "get",
        "configmaps",
        f"--namespace={namespace}",
        check=False,
    )
    assert result.returncode != 0
    assert "Unauthorized" in result.stderr


def test_a_failing_kubectl_says_what_went_wrong(apiserver: ApiServer, namespace: str) -> None:
    with pytest.raises(AssertionError, match="NotFound"):
        apiserver.kubectl("get", "configmap", "missing", f"--namespace={namespace}")


def test_a_restart_keeps_data_tokens_and_audit_log(apiserver: ApiServer, namespace: str) -> None:
    kubeconfig = _create_reader(apiserver, namespace)
    apiserver.kubectl("create", "configmap", "kept", f"--namespace={namespace}")
    mark = apiserver.audit_mark()
    url = apiserver.url

    apiserver.restart()

    assert apiserver.url == url
    apiserver.kubectl("get", "configmap", "kept", f"--namespace={namespace}")
    apiserver.kubectl(f"--kubeconfig={kubeconfig}", "auth", "whoami")
    reads = [e for e in apiserver.audit_since(mark) if e.name == "kept"]
    assert [(e.verb, e.code) for e in reads] == [("get", 200)]


def test_assets_that_lack_a_program_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "etcd").touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    with pytest.raises(BinariesError, match="no executable kube-apiserver, kubectl"):
        find_binaries()


def test_no_assets_and_no_go_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("VPSYNC_TEST_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BinariesError, match=r"set KUBEBUILDER_ASSETS .* or install go"):
        find_binaries()


_FAKE_GO = """#!/bin/sh
echo run >> "$FAKE_GO_RUNS"
while [ "$1" != -o ]; do shift; done
sleep 0.2
[ -z "$FAKE_GO_FAILS" ] || { echo half > "$2"; echo no such module; exit 1; }
echo built > "$2"
"""


@pytest.fixture
def fake_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Puts a ``go`` first in PATH that builds nothing; gives the file with a line for each run."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "go").write_text(_FAKE_GO)
    (folder / "go").chmod(0o755)
    runs = tmp_path / "runs"
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("VPSYNC_TEST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("FAKE_GO_RUNS", str(runs))
    monkeypatch.delenv("FAKE_GO_FAILS", raising=False)
    return runs


def test_a_failed_build_is_an_error_and_leaves_nothing_to_be_used(
    monkeypatch: pytest.MonkeyPatch, fake_go: Path
) -> None:
    monkeypatch.setenv("FAKE_GO_FAILS", "1")
    with pytest.raises(BinariesError, match="no such module"):
        find_binaries()
    monkeypatch.delenv("FAKE_GO_FAILS")
    assert find_binaries().etcd.read_text() == "built\n"


def test_two_at_once_build_once(fake_go: Path) -> None:
    workers = [threading.Thread(target=find_binaries) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert fake_go.read_text().splitlines() == ["run"] * 3
    assert find_binaries().kubectl.read_text() == "built\n"
