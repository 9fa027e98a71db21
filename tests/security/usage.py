"""Attacks by an empty or hostile scope: what limits a run fails closed."""

from __future__ import annotations

import json
from collections.abc import Callable

from passes.scenario import manifest
from vpsync.cluster.plugin_process import plugin_environment
from vpsync.render.reviewed import checksum, seal

from .attack import Attack, Bench

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "no-map": ("--namespace-map", ""),
    "no-targets": ("--target-namespaces", ""),
    "only-a-comma": ("--target-namespaces", ","),
    "blank-target": ("--target-namespaces", "a, b"),
    "no-file": ("-f", ""),
    "no-namespace": ("-n", ""),
    "namespace-path": ("-n", "../kube-system"),
    "namespace-list": ("-n", "a,b"),
    "no-selector": ("-l", ""),
    "admin-path": ("-n", "a", "--admin-namespace", ".."),
    "no-admin": ("-n", "a", "--admin-namespace", ""),
    "map-without-n": ("-f", "FILES", "--admin-namespace", "team"),
    "vvp-namespace-path": ("--vvp-namespace", "../x"),
    "owner-path": ("--owner-id", "../x"),
    "url-with-password": ("--vvp-url", "http://u:CANARY@vvp.example.com"),
    "url-with-query": ("--vvp-url", "http://vvp.example.com?token=CANARY"),
    "url-with-fragment": ("--vvp-url", "http://vvp.example.com#CANARY"),
    "file-url": ("--vvp-url", "file:///etc/passwd"),
    "no-kinds": ("--kinds", ","),
    "output-into-nowhere": ("--output-file", "/nowhere/report.json"),
}
ENVIRONMENTS = {
    "nul-in-value": "TOKEN=CANARY\0x\n",
    "nul-in-name": "'TO\0KEN'=CANARY\n",
    "equals-in-name": "'TO=KEN'=CANARY\n",
    "no-name": "=CANARY\n",
}
MAPS = {
    "empty": "",
    "list": "- team",
    "text": "team",
    "value-as-text": "team: default",
    "value-as-null": "team:",
    "pattern": "team: ['*']",
    "any-team": "'*': [default]",
    "path": "team: ['../x']",
    "twice": "team: [a]\nteam: [b]",
    "two-documents": "team: [a]\n---\nteam: [b]",
    "alias-bomb": "a: &a [x]\nb: [*a, *a]",
    "number-as-name": "team: [1]",
    "not-utf-8": "team: [\udcff]",
}


def _is_wrong_usage(arguments: tuple[str, ...]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        files = bench.directory / "files"
        files.mkdir()
        (files / "a.json").write_text(json.dumps(manifest("target")))
        names = [str(files) if text == "FILES" else text for text in arguments]
        if "-f" not in names and "-n" not in names and "-l" not in names:
            names = ["-f", str(files), *names]
        done = bench.vpsync("reconcile", "--once", "--sandbox", *names)
        assert done.code == 2, done
        assert "CANARY" not in done.out + done.err
        assert "Traceback" not in done.err

    return held


def _is_no_map(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        files, tenants = bench.directory / "a.json", bench.directory / "map.yaml"
        files.write_text(json.dumps(manifest("target")))
        tenants.write_bytes(text.encode("utf-8", "surrogateescape"))
        run = ("reconcile", "--once", "--sandbox", "-f", str(files), "-n", "team")
        done = bench.vpsync(*run, "--namespace-map", str(tenants))
        assert done.code == 2, done
        assert "--namespace-map" in done.err

    return held


def _map_away(bench: Bench) -> None:
    done = bench.vpsync(
        "reconcile", "--once", "--sandbox", "-n", "a", "--namespace-map", "/nowhere.yaml"
    )
    assert done.code == 2
    assert "/nowhere.yaml" in done.err


def _plugin_sees_no_token(bench: Bench) -> None:
    given = {"APPMANAGER_API_TOKEN_X": "a", "PLATFORM_API_TOKEN": "b", "PATH": "c"}
    assert plugin_environment(given) == {"PATH": "c"}


def _plan_edited(bench: Bench) -> None:
    files, plan = bench.directory / "a.json", bench.directory / "plan.json"
    files.write_text(json.dumps(manifest("target")))
    written = bench.vpsync("diff", "--sandbox", "-f", str(files), "--plan-out", str(plan))
    assert written.code == 0, written
    document = json.loads(plan.read_text())
    document["changes"] = []
    plan.write_text(json.dumps(document))
    done = bench.vpsync("reconcile", "--once", "--sandbox", "-f", str(files), "--plan", str(plan))
    assert done.code == 2
    assert "was edited" in done.err


def _no_environment(text: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        file = bench.directory / "run.env"
        file.write_text(text)
        done = bench.vpsync("validate", "--env-file", str(file), str(bench.directory))
        assert done.code == 2, done
        assert "CANARY" not in done.out + done.err

    return held


def _plan_is_a_bomb(bench: Bench) -> None:
    files, plan = bench.directory / "a.json", bench.directory / "plan.json"
    files.write_text(json.dumps(manifest("target")))
    written = bench.vpsync("diff", "--sandbox", "-f", str(files), "--plan-out", str(plan))
    assert written.code == 0, written
    poor = json.loads(plan.read_text())
    del poor["changes"][0]["action"]
    poor["checksum"] = checksum(poor["changes"])
    poor["seal"] = seal(poor)
    for text in ("[" * 100_000, "{}", "null", '{"changes": [{}]}', "\x00", json.dumps(poor)):
        plan.write_text(text)
        done = bench.vpsync(
            "reconcile", "--once", "--sandbox", "-f", str(files), "--plan", str(plan)
        )
        assert done.code == 2, (text[:20], done)


ATTACKS = (
    *(
        Attack(
            f"scope-{name}",
            f"A pipeline's variable is empty or hostile ({name}): wrong usage, and nothing is sent.",
            _is_wrong_usage(arguments),
        )
        for name, arguments in ARGUMENTS.items()
    ),
    *(
        Attack(
            f"map-{name}",
            f"The map of namespaces is broken ({name}): the run does not start.",
            _is_no_map(text),
        )
        for name, text in MAPS.items()
    ),
    *(
        Attack(
            f"env-file-{name}",
            f"A line of --env-file is none that an environment can hold ({name}): wrong usage.",
            _no_environment(text),
        )
        for name, text in ENVIRONMENTS.items()
    ),
    Attack("map-away", "The map of namespaces is not there: the run does not start.", _map_away),
    Attack(
        "plugin-sees-tokens",
        "A kubeconfig runs a plugin: VVP's tokens are not in its environment.",
        _plugin_sees_no_token,
    ),
    Attack(
        "plan-edited",
        "A change is taken out of a reviewed plan: it is refused as edited.",
        _plan_edited,
    ),
    Attack(
        "plan-is-a-bomb",
        "The file of --plan is deep, empty or no plan: wrong usage.",
        _plan_is_a_bomb,
    ),
)
