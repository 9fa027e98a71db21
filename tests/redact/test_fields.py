"""Secrets are taken out of the data before anything is rendered.

Every secret in these tests is a canary: the word must be in no output.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from builders import applied, changed, decided, manifest, observed, planned, snapshot, status
from vpsync.errors import PlatformFault, PlatformRejected
from vpsync.model.json import Path
from vpsync.model.outcome import Failed, Result
from vpsync.redact.credentials import MASK, cleaned, without_credentials
from vpsync.redact.fields import redacted, sensitive_texts
from vpsync.render.json import json_text, report_as_json
from vpsync.render.report import Report
from vpsync.render.table import print_report
from vpsync.status.conditions import concluded
from vpsync.status.events import own_events
from vpsync.status.patches import status_patch

CANARY = "CANARY"
TEMPLATE: Path = ("spec", "template", "spec")
CONFIGURATION: Path = (*TEMPLATE, "flinkConfiguration")
PODS: Path = (*TEMPLATE, "kubernetes", "pods")

SECRET_KEYS = [
    "s3.secret-key",
    "s3.access-key",
    "s3.secret.key",
    "fs.s3a.access.key",
    "fs.azure.account.key.store.blob.core.windows.net",
    "fs.azure.sas.container.store.blob.core.windows.net",
    "security.ssl.rest.keystore-password",
    "security.ssl.key-password",
    "metrics.reporter.dghttp.apikey",
    "metrics.reporter.x.api_key",
    "properties.sasl.jaas.config",
    "my.oauth.token",
    "client.credentials",
    "auth.private_key",
    "store.passphrase",
    "db.pwd",
    "PWD",
    "DB_PASSWD",
    "encryption.key",
    "state.encryption-key",
    "signing.key",
    "http.authorization",
    "containerized.master.env.DB_PASS",
    "containerized.taskmanager.env.APP_PIN",
    "http.basic-auth",
    "basicAuth",
    "app.passcode",
    "session.cookie",
    "login.jwt",
    "slack.webhook.url",
]
PLAIN_KEYS = [
    "state.backend",
    "taskmanager.numberOfTaskSlots",
    "execution.checkpointing.interval",
    "table.exec.mini-batch.size",
    "parallelism.default",
    "high-availability.type",
    "key",
    "keyspace",
    "monkey",
    "compass",
    "spin",
    "author",
    "security.ssl.authentication-enabled",
]


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_what_its_key_calls_a_secret_is_hidden(key: str) -> None:
    assert redacted((*CONFIGURATION, key), CANARY) == (MASK, True)
    assert redacted((*CONFIGURATION, key.upper()), CANARY) == (MASK, True)


@pytest.mark.parametrize("key", ["dbPass", "httpAuth", "cardPin", "sessionCookie"])
def test_a_hump_parts_words_too(key: str) -> None:
    assert redacted((*CONFIGURATION, key), CANARY) == (MASK, True)


@pytest.mark.parametrize("key", PLAIN_KEYS)
def test_what_is_no_secret_is_shown(key: str) -> None:
    assert redacted((*CONFIGURATION, key), "value") == ("value", False)


@pytest.mark.parametrize("value", [CANARY, {"a": CANARY}, [CANARY], [{"a": [CANARY]}], 12345, True])
def test_a_secret_is_hidden_whatever_its_type(value: Any) -> None:
    assert redacted((*CONFIGURATION, "s3.secret-key"), value) == (MASK, True)


def test_an_absent_value_is_no_secret() -> None:
    assert redacted((*CONFIGURATION, "s3.secret-key"), None) == (None, False)


@pytest.mark.parametrize("value", ["text", "", 0, 1.5, True, [], {}, [1, "a"], {"a": {"b": "c"}}])
def test_plain_values_are_shown_as_they_are(value: Any) -> None:
    assert redacted((*TEMPLATE, "custom"), value) == (value, False)


NESTED: list[tuple[Path, Any]] = [
    ((*PODS, "envVars"), [{"name": "DB", "value": CANARY}]),
    ((*PODS, "envVars"), [{"name": "DB", "value": "shown"}, {"name": "X", "value": CANARY}]),
    (
        (*TEMPLATE, "kubernetes", "jobManagerPodTemplate", "spec", "containers"),
        [{"name": "c", "env": [{"name": "DB", "value": CANARY}]}],
    ),
    (
        (*TEMPLATE, "kubernetes", "jobManagerPodTemplate", "spec", "containers"),
        [{"name": "c", "args": ["--password", CANARY, "--verbose"]}],
    ),
    (
        (*TEMPLATE, "kubernetes", "jobManagerPodTemplate", "spec", "containers"),
        [{"name": "c", "args": ["-p", CANARY, "--verbose"]}],
    ),
    (
        (*TEMPLATE, "kubernetes", "jobManagerPodTemplate", "spec", "containers"),
        [{"httpHeaders": [{"name": "Authorization", "value": CANARY}]}],
    ),
    ((*TEMPLATE, "custom"), {"password": CANARY}),
    ((*TEMPLATE, "custom"), {"deep": [{"apiKey": CANARY}]}),
    ((*TEMPLATE, "custom"), {"token": {"value": CANARY}}),
    ((*TEMPLATE, "custom"), {"token": [CANARY]}),
    ((*TEMPLATE, "artifact", "jarUri"), f"https://user:{CANARY}@example.com/a.jar"),
    ((*TEMPLATE, "artifact", "jarUri"), f"https://{CANARY}@example.com/a.jar"),
    ((*TEMPLATE, "artifact", "jarUri"), f"https://user:p@{CANARY}@example.com/a.jar"),
    ((*TEMPLATE, "artifact", "jarUri"), f"https://example.com/a.jar?sig={CANARY}&v=1"),
    ((*TEMPLATE, "artifact", "jarUri"), f"https://example.com/a.jar?v=1&X-Amz-Signature={CANARY}"),
    ((*TEMPLATE, "artifact", "additionalDependencies"), [f"s3://a:{CANARY}@b/c"]),
    ((*TEMPLATE, "artifact", "mainArgs"), f"--input a --password {CANARY} --output b"),
    ((*TEMPLATE, "artifact", "mainArgs"), f"--db.password={CANARY} --output b"),
    ((*TEMPLATE, "artifact", "mainArgs"), f'--password "{CANARY}" --output b'),
    ((*TEMPLATE, "artifact", "mainArgs"), f'--password "two words {CANARY}" --output b'),
    ((*TEMPLATE, "artifact", "mainArgs"), f"--password 'with, comma; {CANARY}' --output b"),
    ((*TEMPLATE, "artifact", "mainArgs"), f"--password a,b;{CANARY} --output b"),
    ((*TEMPLATE, "artifact", "mainArgs"), f"-api-key {CANARY}"),
    ((*TEMPLATE, "artifact", "sqlScript"), f"CREATE TABLE t WITH ('password' = '{CANARY}')"),
    ((*TEMPLATE, "artifact", "sqlScript"), f"WITH ('password'='it''s {CANARY}', 'a' = 'b')"),
    (
        (*TEMPLATE, "artifact", "sqlScript"),
        f"WITH ('properties.sasl.jaas.config' = 'module required username=\"u\" password=\"{CANARY}\";')",
    ),
    ((*TEMPLATE, "artifact", "sqlScript"), f"WITH ('url' = 'jdbc:mysql://u:{CANARY}@db/x')"),
    ((*TEMPLATE, "custom"), f'{{"password": "{CANARY}"}}'),
    ((*TEMPLATE, "custom"), f"Authorization: Bearer {CANARY}"),
    ((*TEMPLATE, "custom"), f"user=a password : {CANARY}"),
]


@pytest.mark.parametrize(("path", "value"), NESTED, ids=lambda item: str(item)[-60:])
def test_secrets_inside_of_values_are_hidden(path: Path, value: Any) -> None:
    shown, sensitive = redacted(path, value)
    assert CANARY not in json.dumps(shown)
    assert MASK in json.dumps(shown)
    assert sensitive


def test_what_stands_around_a_secret_is_shown() -> None:
    text = f"--input a --password {CANARY} --output b"
    assert without_credentials(text) == "--input a --password *** --output b"
    url = f"https://user:{CANARY}@example.com/a.jar?v=1"
    assert without_credentials(url) == "https://***@example.com/a.jar?v=1"
    [variable] = redacted((*PODS, "envVars"), [{"name": "DB", "value": CANARY}])[0]
    assert variable == {"name": "DB", "value": MASK}


@pytest.mark.parametrize(
    "text",
    [
        "the token is missing or not valid",
        "VVP refuses the token for this VVP namespace",
        "a secret value of that name is not there",
        "name the key by spec.metadata",
        "s3://bucket/path/with@sign",
        "mail to ops@example.com",
        "--input a --output b",
        "/spec/spec/template/spec/flinkConfiguration/s3.password: must be a string, not a number",
        "/spec/envVars/0/secret: is not a known field",
        "/spec/metadata/annotations/token: is required",
        "",
    ],
)
def test_sentences_about_secrets_stay_readable(text: str) -> None:
    assert without_credentials(text) == text


def test_hiding_takes_no_long_time_on_hostile_text() -> None:
    for text in ("a" * 200_000, "-" * 200_000, "://" * 50_000, "password " * 20_000, "'" * 200_000):
        without_credentials(text)


def test_credentials_are_cleaned_at_every_depth() -> None:
    assert CANARY not in str(cleaned({"a": [f"x://u:{CANARY}@y", {"b": f"password={CANARY}"}]}))
    assert cleaned({"a": [1, True, None, 1.5]}) == {"a": [1, True, None, 1.5]}


def everything_that_is_told(*results: Result, errors: tuple[str, ...] = ()) -> str:
    """Table, JSON, statuses and events of some results."""
    out = io.StringIO()
    for done in (False, True):
        report = Report(results, errors, applied=done, vvp_url="https://vvp.example.com")
        print_report(report, out, color=False)
        out.write(json_text(report_as_json(report)))
    for result in results:
        out.write(repr(result.conditions))
        out.write(json.dumps(status_patch(result, snapshot(), "2025-01-01T00:00:00Z")))
        out.write("".join(f"{event.note}{event.annotations}" for event in own_events(result)))
    return out.getvalue()


class TestCanaries:
    BEFORE, AFTER = f"{CANARY}-BEFORE", f"{CANARY}-AFTER"

    def resource(self, secret: str) -> Any:
        place = "/spec/template/spec"
        return manifest(
            edits={
                f"{place}/flinkConfiguration/s3.secret-key": secret,
                f"{place}/artifact/jarUri": f"https://u:{secret}@example.com/a.jar",
                f"{place}/artifact/mainArgs": f'--password "{secret} {secret}"',
                f"{place}/kubernetes/pods/envVars": [{"name": "A", "value": secret}],
                "/metadata/annotations/api-token": secret,
            },
            generation=2,
            status=status(),
        )

    def test_of_manifest_and_vvp_are_in_no_output(self) -> None:
        vvp = snapshot(observed(self.resource(self.BEFORE)))
        change = changed(self.resource(self.AFTER), vvp)
        assert len(change.fields) == 5
        done = applied(self.resource(self.AFTER), observed(self.resource(self.AFTER)), vvp)
        told = everything_that_is_told(concluded(change), done)
        assert CANARY not in told
        assert told.count(MASK) > 10

    def test_that_go_are_in_no_output(self) -> None:
        change = changed(manifest(generation=2), snapshot(observed(self.resource(self.BEFORE))))
        assert any(field.after is None for field in change.fields)
        assert CANARY not in everything_that_is_told(concluded(change))

    def test_of_a_creation_are_in_no_output(self) -> None:
        assert CANARY not in everything_that_is_told(concluded(changed(self.resource(self.AFTER))))

    def test_are_in_the_request_all_the_same(self) -> None:
        assert CANARY in json.dumps(changed(self.resource(self.AFTER)).patch())

    def test_of_an_object_that_is_not_ours_are_in_no_output(self) -> None:
        for held in ({"marked": False}, {"owner": "theirs"}):
            vvp = snapshot(observed(self.resource(self.BEFORE), **held))
            decision = decided(self.resource(self.AFTER), vvp)
            assert CANARY not in everything_that_is_told(concluded(decision))

    def test_of_an_immutable_field_are_in_no_output(self) -> None:
        resource = manifest(
            "VpDeploymentTarget", edits={"/spec/password": self.AFTER}, status=status()
        )
        decision = decided(resource)
        assert CANARY not in everything_that_is_told(concluded(decision))

    def test_that_are_wrong_are_in_no_output(self) -> None:
        resource = manifest(edits={"/spec/template/spec/resources/jobmanager/cpu": CANARY})
        [decision] = planned(resource).decisions
        assert CANARY not in everything_that_is_told(concluded(decision))

    def test_in_the_words_of_errors_are_in_no_table(self) -> None:
        change = changed(manifest())
        words = f"POST: 400: https://u:{CANARY}@example.com, password={CANARY}"
        out = io.StringIO()
        failures = [
            concluded(change, Failed(change, kind(words)))
            for kind in (PlatformRejected, PlatformFault)
        ]
        print_report(Report(tuple(failures), (words,)), out, color=False)
        assert CANARY not in out.getvalue()


def test_a_field_tells_that_it_is_sensitive() -> None:
    edits = {"/spec/template/spec/flinkConfiguration/s3.secret-key": CANARY}
    change = changed(manifest(edits=edits))
    fields = report_as_json(Report((concluded(change),), applied=False))["changes"][0]["fields"]
    sensitive = {field["path"]: field["sensitive"] for field in fields}
    assert sensitive["/spec/template/spec/flinkConfiguration/s3.secret-key"] is True
    assert sensitive["/spec/template/spec/parallelism"] is False


def test_texts_that_are_taken_out_whole_are_known() -> None:
    edits = {
        "/spec/template/spec/flinkConfiguration/s3.secret-key": f"{CANARY}-1",
        "/spec/template/spec/kubernetes/pods/envVars": [{"name": "A", "value": f"{CANARY}-2"}],
        "/spec/template/spec/flinkConfiguration/state.backend": "rocksdb",
    }
    found = sensitive_texts(changed(manifest(edits=edits)).fields)
    assert found == {f"{CANARY}-1", f"{CANARY}-2"}


def test_equal_secrets_and_different_ones_look_alike() -> None:
    first, second = (redacted((*CONFIGURATION, "x.password"), value) for value in ("a", "bbbbbbbb"))
    assert first == second


@pytest.mark.parametrize(
    "value",
    [
        [{"name": "registry"}],
        [{"volume": {"secret": {"secretName": "keytab"}}}],
        [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}}],
    ],
)
def test_the_name_of_a_kubernetes_secret_is_shown(value: Any) -> None:
    for last in ("imagePullSecrets", "volumeMounts", "envVars"):
        path = ("spec", "template", "spec", "kubernetes", "pods", last)
        assert redacted(path, value) == (value, False)
