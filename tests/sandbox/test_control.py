"""The sandbox from Python: its log, its windows, a person's hand, and the end state."""

import threading

import pytest

from vpsync.sandbox import LoggedRequest, Sandbox, fingerprint

from .api import Api, artifact, deployment, target, template


def test_requests_are_logged_in_order_of_arrival(api: Api) -> None:
    api.get("deployments?labelSelector=a%3Db")
    api.make_target()
    first, second = api.sandbox.requests
    assert isinstance(first, LoggedRequest)
    assert (first.number, first.method, first.status) == (1, "GET", 200)
    assert first.path == "/api/v1/namespaces/default/deployments"
    assert first.query == {"labelSelector": "a=b"}
    assert first.body is None
    assert (second.number, second.method, second.status) == (2, "POST", 201)
    assert second.body == target()
    assert second.headers["content-type"] == "application/json"


def test_mutations_leave_reads_out(api: Api) -> None:
    api.get("deployments")
    api.make_target()
    api.delete("deployment-targets/nowhere")
    shown = api.sandbox.mutations()
    assert [(entry.method, entry.applied) for entry in shown] == [("POST", True), ("DELETE", False)]
    assert [entry.method for entry in api.sandbox.mutations(since=shown[0].number)] == ["DELETE"]


def test_forgotten_requests_do_not_reset_the_numbers(api: Api) -> None:
    api.get("deployments")
    api.sandbox.forget_requests()
    assert api.sandbox.requests == []
    api.get("deployments")
    assert api.sandbox.requests[0].number == 2


def test_a_fingerprint_is_stable_and_hides_the_token() -> None:
    assert fingerprint("Bearer a") == fingerprint("Bearer a") != fingerprint("Bearer b")
    assert "Bearer" not in fingerprint("Bearer a")


def test_windows_show_copies_and_push_nothing_on(api: Api) -> None:
    api.make_deployment(state="RUNNING")
    owner = ""
    for _ in range(5):
        shown = api.sandbox.deployment("default", "orders")
        assert shown is not None
        assert shown["status"]["state"] == "CANCELLED"
        assert shown["spec"]["template"]
        shown["spec"]["template"].clear()
        owner = shown["metadata"]["id"]
    assert api.sandbox.target("default", "jobs") is not None
    assert api.sandbox.namespace("default") is not None
    assert api.sandbox.savepoints("default", owner) == []
    assert api.sandbox.jobs("default", owner) == []
    assert api.sandbox.events("default", owner) == []
    assert len(api.sandbox.requests) == 2


def test_what_is_not_there_reads_as_none(api: Api) -> None:
    assert api.sandbox.deployment("default", "nowhere") is None
    assert api.sandbox.deployment("nowhere", "orders") is None
    assert api.sandbox.target("nowhere", "jobs") is None
    assert api.sandbox.namespace("nowhere") is None


def test_a_person_edits_a_deployment_without_a_trace_in_the_log(api: Api) -> None:
    api.make_running()
    count = len(api.sandbox.requests)
    edited = api.sandbox.edit_deployment("default", "orders", template(parallelism=5))
    assert edited["spec"]["template"]["spec"]["parallelism"] == 5
    assert len(api.sandbox.requests) == count
    api.sandbox.settle()
    assert len(api.items("jobs")) == 2


def test_an_edit_that_vvp_refuses_raises(api: Api) -> None:
    api.make_deployment()
    with pytest.raises(Exception, match="parallelism"):
        api.sandbox.edit_deployment("default", "orders", template(parallelism=0))


def test_a_person_removes_a_deployment_whatever_its_state(api: Api) -> None:
    api.make_running()
    api.sandbox.remove_deployment("default", "orders")
    assert api.get("deployments/orders").status_code == 404
    with pytest.raises(Exception, match="orders"):
        api.sandbox.remove_deployment("default", "orders")


def test_a_person_may_do_anything_by_call(api: Api) -> None:
    status, body = api.sandbox.call("POST", "/namespaces/v1/namespaces", {"name": "namespaces/a"})
    assert (status, body["namespace"]["name"]) == (200, "namespaces/a")
    assert api.sandbox.requests == []


def test_one_deployment_can_be_settled_alone(api: Api) -> None:
    for name in ("quick", "slow"):
        api.make_deployment(name, state="RUNNING")
    api.sandbox.settle_deployment("default", "quick")
    states = {
        name: found["status"]["state"]
        for name in ("quick", "slow")
        if (found := api.sandbox.deployment("default", name)) is not None
    }
    assert states["quick"] == "RUNNING"
    assert states["slow"] != "RUNNING"


def test_settle_completes_everything_under_way(api: Api) -> None:
    owner = api.make_running()["metadata"]["id"]
    api.post("savepoints", {"metadata": {"deploymentId": owner}})
    api.post("/namespaces/v1/namespaces", {"name": "namespaces/a"})
    api.delete("/namespaces/v1/namespaces/a")
    spec = {"deploymentTargetName": "jobs", "state": "RUNNING"}
    api.post("sessionclusters", {"metadata": {"name": "c"}, "spec": spec})
    api.sandbox.settle()
    assert api.sandbox.savepoints("default", owner)[0]["status"]["state"] == "COMPLETED"
    assert api.sandbox.namespace("a") is None
    assert api.read("sessionclusters/c")["status"]["state"] == "RUNNING"


def play(seed_first: bool) -> Sandbox:
    """The same end by two ways: other ids, other versions, other numbers of reads."""
    sandbox = Sandbox()
    base = "/api/v1/namespaces/default"
    if seed_first:
        sandbox.call("POST", f"{base}/deployment-targets", target("gone"))
        sandbox.call("DELETE", f"{base}/deployment-targets/gone")
    made = sandbox.call("POST", f"{base}/deployment-targets", target())[1]["metadata"]["id"]
    by_id = {"deploymentTargetId": made, "deploymentTargetName": None}
    sandbox.call("POST", f"{base}/deployments", deployment(**(by_id if seed_first else {})))
    sandbox.settle()
    owner = sandbox.call("GET", f"{base}/deployments/orders")[1]["metadata"]["id"]
    sandbox.call("POST", f"{base}/savepoints", {"metadata": {"deploymentId": owner}})
    sandbox.settle()
    return sandbox


def test_snapshots_of_two_ways_to_the_same_end_are_equal() -> None:
    assert play(True).snapshot() == play(False).snapshot()


def test_a_snapshot_tells_different_ends_apart() -> None:
    one, other = play(True), play(False)
    patch = {"metadata": {"labels": {"a": "b"}}}
    one.edit_deployment("default", "orders", patch)
    assert one.snapshot() != other.snapshot()
    other.edit_deployment("default", "orders", patch)
    other.edit_deployment("default", "orders", template(artifact=artifact(mainArgs="--x")))
    assert one.snapshot() != other.snapshot()


def test_a_snapshot_shows_jobs_savepoints_and_state_by_deployment() -> None:
    shown = play(False).snapshot()["default"]["deployments"]["orders"]
    assert shown["state"] == "RUNNING"
    assert shown["conditions"] == {"JobFailing": "False"}
    assert [job["state"] for job in shown["jobs"]] == ["STARTED"]
    assert [own["state"] for own in shown["savepoints"]] == ["COMPLETED"]


def test_a_sandbox_keeps_what_it_holds_over_a_restart() -> None:
    sandbox = Sandbox()
    with sandbox:
        api = Api(sandbox)
        api.make_target()
        api.close()
    with pytest.raises(RuntimeError):
        assert sandbox.url
    with sandbox:
        api = Api(sandbox)
        assert len(api.items("deployment-targets")) == 1
        api.close()


def test_many_threads_may_write_at_once(api: Api) -> None:
    api.make_target()

    def work(number: int) -> None:
        client = Api(api.sandbox)
        for index in range(10):
            client.post("deployments", deployment(f"d-{number}-{index}"))
            client.get("deployments")
        client.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    items = api.items("deployments")
    assert len({item["metadata"]["id"] for item in items}) == 80
    numbers = [entry.number for entry in api.sandbox.requests]
    assert numbers == sorted(numbers)
    assert len(numbers) == 162
