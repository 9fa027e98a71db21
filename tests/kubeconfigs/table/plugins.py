"""Exec plugins and auth providers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..bench import Bench, printing
from .case import TOKEN, Case, as_user, from_plugin

_JWT = "e30.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln"
"""An ID token that is good until 2100."""
_OLD_JWT = "e30.eyJleHAiOjE1MDAwMDAwMDB9.c2ln"
"""One that expired in 2017."""
_GOOD = printing(token="t")
_INFO = """
import json, os
told = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
cluster = told["spec"].get("cluster", {})
parts = [
    told["spec"]["interactive"], "server" in cluster,
    len(cluster.get("certificate-authority-data", "")) > 100,
    cluster.get("tls-server-name", ""), str(cluster.get("config", "")).replace(" ", ""),
    cluster.get("insecure-skip-tls-verify", ""), cluster.get("proxy-url", "")[:16],
]
status = {"token": "|".join(str(part) for part in parts)}
print(json.dumps({"apiVersion": told["apiVersion"], "kind": "ExecCredential", "status": status}))
"""
_TELLING = f"exec {sys.executable} - <<'END'{_INFO}END"
"""A plugin whose token is what it was told."""


def plugins() -> Iterator[Case]:
    """Exec plugins."""

    yield Case("plugin", from_plugin(_GOOD), TOKEN)
    yield Case("plugin by a relative path", _relative, TOKEN)
    yield Case("plugin on PATH", _on_path, TOKEN)
    yield Case("plugin with arguments and variables", from_plugin(
        'printf \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
        '"status":{"token":"%s-%s"}}\' "$1" "$TOLD"',
        args=["a b"], env=[{"name": "TOLD", "value": "c"}]), {"authorization": "Bearer a b-c"})  # fmt: skip
    yield Case("plugin that is told of the cluster", _told,
               {"authorization": "Bearer False|True|True|localhost|{'audience':'a'}||",
                "server_name": "localhost"})  # fmt: skip
    yield Case("plugin that is told nothing", from_plugin(_TELLING),
               {"authorization": "Bearer False|False|False||||"})  # fmt: skip
    yield Case("plugin that is told of a proxy", lambda b: _told_of(
        b, proxy_url=b.grounds.proxy, certificate_authority=None, insecure_skip_tls_verify=True),
        {"authorization": "Bearer False|True|False||None|True|http://127.0.0.1",
         "via": ("CONNECT 127.0.0.1",)})  # fmt: skip
    yield Case("plugin that is not told of the environment's proxy", _told_beside_a_proxy,
               {"authorization": "Bearer False|True|True||None||"})  # fmt: skip
    yield Case("plugin of v1beta1", from_plugin(
        printing("v1beta1", token="t"), apiVersion="client.authentication.k8s.io/v1beta1",
        interactiveMode=None), TOKEN)  # fmt: skip
    yield Case("plugin with an expiry", from_plugin(
        printing(token="t", expirationTimestamp="2100-01-01T00:00:00Z")), TOKEN)  # fmt: skip
    yield Case("plugin that gives a certificate", _certificate, {"certificate": "alice"})
    yield Case("a token comes before the plugin", _beside_token, TOKEN)
    yield Case("a certificate comes before the plugin", _beside_certificate,
               {"certificate": "alice"})  # fmt: skip
    yield Case("plugin that fails", from_plugin("echo login needed >&2; exit 3"), None)
    yield Case("plugin that fails after an answer", from_plugin(f"{_GOOD}\nexit 1"), None)
    yield Case("plugin that is not there", as_user({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin-of-test",
        "interactiveMode": "Never"}}), None)  # fmt: skip
    yield Case("plugin that is not there, by path", as_user({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "/nowhere/plugin",
        "interactiveMode": "Never"}}), None)  # fmt: skip
    yield Case("plugin that hangs", from_plugin("sleep 60"), None)
    yield Case("plugin that prints nothing", from_plugin("true"), None)
    yield Case("plugin that prints no JSON", from_plugin("echo t"), None)
    yield Case("plugin that prints something else", from_plugin("echo '{}'"), None)
    yield Case("plugin that gives no status", from_plugin(
        "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\"}'"),
        None)  # fmt: skip
    yield Case("plugin that gives no credentials", from_plugin(printing()), None)
    yield Case("plugin that gives an empty token", from_plugin(printing(token="")), None)
    yield Case("plugin that gives a certificate without key", _certificate_alone, None)
    yield Case("plugin that answers in another version", from_plugin(
        printing("v1beta1", token="t")), None)  # fmt: skip
    yield Case("plugin of v1alpha1", from_plugin(
        printing("v1alpha1", token="t"), apiVersion="client.authentication.k8s.io/v1alpha1"),
        None)  # fmt: skip
    yield Case("plugin without apiVersion", from_plugin(_GOOD, apiVersion=None), None)
    yield Case(
        "plugin of v1 without interactiveMode", from_plugin(_GOOD, interactiveMode=None), None
    )
    yield Case("plugin that must ask where nobody sits",
               from_plugin(_GOOD, interactiveMode="Always"), None)  # fmt: skip
    yield Case("plugin without command", from_plugin(_GOOD, command=""), None)
    yield Case("plugin and auth provider", lambda b: b.user(
        {**b.plugin(_GOOD), "auth-provider": {"name": "oidc", "config": {}}}), None)  # fmt: skip


def providers() -> Iterator[Case]:
    """Auth providers."""
    yield Case("oidc", _oidc(id_token=_JWT), {"authorization": f"Bearer {_JWT}"})
    yield Case("oidc whose token expired", _oidc(id_token=_OLD_JWT), None)
    yield Case("oidc that cannot refresh", _oidc(id_token=_OLD_JWT, refresh_token="r"), None)
    yield Case("oidc without issuer", _oidc(id_token=_JWT, idp_issuer_url=""), None)
    yield Case("oidc without client", _oidc(id_token=_JWT, client_id=""), None)
    yield Case("oidc with a token that is none", _oidc(id_token="hello"), None)
    for name in ("gcp", "azure", "other"):
        yield Case(f"auth provider {name}", as_user({"auth-provider": {"name": name}}), None)


def _relative(b: Bench) -> Any:
    user = b.plugin(_GOOD, "bin/plugin")
    user["exec"]["command"] = "./bin/plugin"
    return b.user(user)


def _on_path(b: Bench) -> Any:
    user = b.plugin(_GOOD, "bin/kube-login-of-test")
    user["exec"]["command"] = "kube-login-of-test"
    b.environment["PATH"] = f"{b.folder / 'bin'}:/usr/bin:/bin"
    return b.user(user)


def _certificate(b: Bench) -> Any:
    pair = [path.read_text() for path in b.grounds.authority.pair("alice")]
    script = printing(clientCertificateData=pair[0], clientKeyData=pair[1])
    return b.user(b.plugin(script))


def _certificate_alone(b: Bench) -> Any:
    text = b.grounds.authority.pair("alice")[0].read_text()
    return b.user(b.plugin(printing(clientCertificateData=text)))


def _beside_token(b: Bench) -> Any:
    return b.user({**b.plugin("exit 1"), "token": "t"})


def _beside_certificate(b: Bench) -> Any:
    certificate, key = b.grounds.authority.pair("alice")
    held = {"client-certificate": str(certificate), "client-key": str(key)}
    return b.user({**b.plugin("exit 1"), **held})


def _told(b: Bench) -> Any:
    extensions = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}]
    return b.user(
        b.plugin(_TELLING, provideClusterInfo=True),
        b.cluster(tls_server_name="localhost", extensions=extensions),
    )


def _told_of(b: Bench, **cluster: Any) -> Any:
    return b.user(b.plugin(_TELLING, provideClusterInfo=True), b.cluster(**cluster))


def _told_beside_a_proxy(b: Bench) -> Any:
    b.environment["HTTPS_PROXY"] = b.grounds.proxy
    return _told_of(b)


def _oidc(**config: str) -> Callable[[Bench], Any]:
    def prepare(b: Bench) -> Any:
        usual = {"idp-issuer-url": b.grounds.nobody, "client-id": "kubernetes"}
        named = {key.replace("_", "-"): value for key, value in config.items()}
        held = {key: value for key, value in {**usual, **named}.items() if value}
        return b.user({"auth-provider": {"name": "oidc", "config": held}})

    return prepare
