"""The contract tests: written once, run against every server that a test may use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

import pytest

from vpsync.cluster.client import JSON_PATCH, MERGE_PATCH, Reader, Writer
from vpsync.cluster.finalizers import add_finalizer, remove_finalizer
from vpsync.cluster.recorder import document, post
from vpsync.errors import ClusterConflict, ClusterError, ClusterNotFound, ClusterRejected
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.model.event import Event
from vpsync.model.resource import FINALIZER, GROUP, Manifest
from vpsync.source.manifest import manifest_from

KIND = "VpDeploymentTarget"
PLURAL = "vpdeploymenttargets"
OTHER = "other.example.com/guard"

Document = dict[str, Any]


class Person(Protocol):
    """What a person at kubectl does in one Kubernetes namespace of the server."""

    def create(self, document: Document) -> None:
        """Creates a resource."""

    def edit(self, name: str, patch: Document) -> None:
        """Changes a resource by a merge patch."""

    def delete(self, name: str) -> None:
        """Asks for the deletion of a resource."""

    def get(self, name: str) -> Document | None:
        """A resource as it is, or None."""

    def events(self) -> list[Document]:
        """The events about resources in this namespace."""


@dataclass
class Server:
    """A server under test."""

    api: Any
    """:class:`vpsync.cluster.wire.ClusterApi`, or what stands in for it."""
    namespace: str
    """A Kubernetes namespace of its own."""
    person: Person

    def send(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> tuple[int, Document]:
        """A request as vpsync sends it, and the answer whatever its status."""
        headers = {"Accept": "application/json", "User-Agent": "contract"}
        if body is not None:
            headers["Content-Type"] = content_type
        answer = self.api.call_api(
            method,
            self.api.host + path,
            header_params=headers,
            body=body,
            _request_timeout=(5.0, 30.0),
        )
        data = answer.read()
        # What no group serves is answered with a line of text.
        found: Document = json.loads(data) if data.startswith(b"{") else {}
        return answer.status, found

    def place(self, name: str = "", version: str = "v1beta1") -> str:
        """Where targets are."""
        path = f"/apis/{GROUP}/{version}/namespaces/{self.namespace}/{PLURAL}"
        return f"{path}/{name}" if name else path

    def list(self, **query: str) -> tuple[int, Document]:
        """A list of the targets."""
        return self.send("GET", f"{self.place()}?{urlencode(query)}")

    def make(self, name: str = "jobs", **metadata: Any) -> Manifest:
        """Creates a target and gives it as a pass would read it."""
        self.person.create(
            {
                "apiVersion": f"{GROUP}/v1beta1",
                "kind": KIND,
                "metadata": {"name": name, "namespace": self.namespace, **metadata},
                "spec": {"spec": {"kubernetes": {"namespace": "flink"}}},
            }
        )
        return self.read(name)

    def read(self, name: str = "jobs") -> Manifest:
        """A target as a pass would read it."""
        return manifest_from(self.get(name), "cluster")

    def get(self, name: str = "jobs") -> Document:
        """A target as it is."""
        found = self.person.get(name)
        assert found is not None
        return found

    @property
    def writer(self) -> Writer:
        """Our edge to it."""
        return Writer(self.api)


class ServerContract:
    """Subclass it where there is a fixture ``server``."""

    # Lists ------------------------------------------------------------------------------------

    def test_a_list_has_items_with_version_and_kind(self, server: Server) -> None:
        server.make("one")
        server.make("two")
        status, found = server.list()
        assert status == 200
        assert found["kind"] == f"{KIND}List"
        assert [item["metadata"]["name"] for item in found["items"]] == ["one", "two"]
        assert {(i["apiVersion"], i["kind"]) for i in found["items"]} == {
            (f"{GROUP}/v1beta1", KIND)
        }
        assert int(found["metadata"]["resourceVersion"])

    def test_a_list_may_be_asked_for_in_each_version(self, server: Server) -> None:
        server.make()
        status, found = server.send("GET", server.place(version="v1beta2"))
        assert status == 200
        assert found["items"][0]["apiVersion"] == f"{GROUP}/v1beta2"

    def test_our_list_is_the_servers_list(self, server: Server) -> None:
        server.make("one", labels={"team": "orders"})
        server.make("two", labels={"team": "payments"})
        server.make("three")

        def names(selector: str) -> list[str]:
            found = Reader(server.api, selector=selector).list_kind(
                DEPLOYMENT_TARGET, server.namespace
            )
            return sorted(item["metadata"]["name"] for item in found)

        assert names("") == ["one", "three", "two"]
        assert names("team=orders") == ["one"]
        assert names("team!=orders") == ["three", "two"]
        assert names("team in (orders,payments)") == ["one", "two"]
        assert names("team notin (orders),team") == ["two"]
        assert names("team") == ["one", "two"]
        assert names("!team") == ["three"]

    def test_a_selector_that_is_none_is_refused(self, server: Server) -> None:
        assert server.list(labelSelector="team in (")[0] == 400

    def test_pages_make_the_list_of_the_moment_of_the_first_one(self, server: Server) -> None:
        for name in ("a", "b", "c", "d", "e"):
            server.make(name)
        found, query = [], {"limit": "2"}
        while True:
            status, page = server.list(**query)
            assert status == 200
            found += [item["metadata"]["name"] for item in page["items"]]
            if not page["metadata"].get("continue"):
                break
            if len(found) == 2:
                server.person.delete("d")
                server.make("ab")
            query = {"limit": "2", "continue": page["metadata"]["continue"]}
        assert found == ["a", "b", "c", "d", "e"]

    def test_a_token_that_is_none_is_refused(self, server: Server) -> None:
        assert server.list(limit="2", **{"continue": "nonsense"})[0] == 400

    def test_a_version_that_is_not_served_is_404(self, server: Server) -> None:
        assert server.send("GET", server.place(version="v1"))[0] == 404

    # Objects ----------------------------------------------------------------------------------

    def test_a_new_object_has_the_status_default_and_generation_1(self, server: Server) -> None:
        server.make()
        found = server.get()
        assert found["status"] == {"observedGeneration": -1}
        assert found["metadata"]["generation"] == 1
        assert found["metadata"]["uid"]

    def test_fields_that_no_schema_knows_are_kept(self, server: Server) -> None:
        server.make()
        server.person.edit("jobs", {"spec": {"spec": {"unknown": {"deep": [1, {"a": None}]}}}})
        assert server.get()["spec"]["spec"]["unknown"]["deep"][0] == 1

    def test_only_a_change_of_the_spec_moves_the_generation(self, server: Server) -> None:
        server.make()
        server.person.edit("jobs", {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}})
        assert server.get()["metadata"]["generation"] == 1
        server.person.edit("jobs", {"spec": {"metadata": {"labels": {"team": "orders"}}}})
        assert server.get()["metadata"]["generation"] == 2

    def test_every_change_moves_the_resource_version_and_none_does_not(
        self, server: Server
    ) -> None:
        before = server.make()
        server.writer.patch_annotations(before, {"a": "b"})
        after = server.read()
        assert after.resource_version != before.resource_version
        server.writer.patch_annotations(before, {"a": "b"})
        assert server.read().resource_version == after.resource_version

    def test_another_media_type_than_a_patch_is_refused(self, server: Server) -> None:
        server.make()
        body: Document = {"metadata": {"labels": {"a": "b"}}}
        assert server.send("PATCH", server.place("jobs"), body)[0] == 415

    def test_an_object_that_is_not_there_is_404(self, server: Server) -> None:
        status, answer = server.send("PATCH", server.place("jobs"), {}, MERGE_PATCH)
        assert (status, answer["kind"], answer["reason"]) == (404, "Status", "NotFound")

    # Status -----------------------------------------------------------------------------------

    def test_a_status_patch_changes_the_status_only(self, server: Server) -> None:
        jobs = server.make()
        body = {
            "status": {"id": "1", "observedGeneration": 1},
            "spec": {"spec": {"kubernetes": {"namespace": "other"}}},
            "metadata": {"labels": {"a": "b"}},
        }
        status, _ = server.send("PATCH", f"{server.place('jobs')}/status", body, MERGE_PATCH)
        assert status == 200
        found = server.get()
        assert found["status"] == {"id": "1", "observedGeneration": 1}
        assert found["spec"] == jobs.spec
        assert not found["metadata"].get("labels")
        assert found["metadata"]["generation"] == 1

    def test_a_patch_of_the_object_leaves_its_status(self, server: Server) -> None:
        jobs = server.make()
        server.writer.patch_status(jobs, {"id": "1"})
        body: Document = {"status": {"id": "2"}, "metadata": {"labels": {"a": "b"}}}
        assert server.send("PATCH", server.place("jobs"), body, MERGE_PATCH)[0] == 200
        assert server.get()["status"]["id"] == "1"

    def test_null_removes_a_member_of_the_status_and_brings_a_default_back(
        self, server: Server
    ) -> None:
        jobs = server.make()
        server.writer.patch_status(jobs, {"id": "1", "resourceVersion": 3, "observedGeneration": 1})
        server.writer.patch_status(jobs, {"id": None, "observedGeneration": None})
        assert server.get()["status"] == {"resourceVersion": 3, "observedGeneration": -1}

    def test_a_status_that_its_schema_forbids_is_refused_as_a_whole(self, server: Server) -> None:
        jobs = server.make()
        condition = {
            "type": "Ready", "status": "Maybe", "reason": "Succeeded", "message": "",
            "lastTransitionTime": "2025-01-01T00:00:00Z",
        }  # fmt: skip
        for bad in ({"conditions": [condition]}, {"id": 7}, {"conditions": "none"}):
            with pytest.raises(ClusterError, match="422") as raised:
                server.writer.patch_status(jobs, {"observedGeneration": 1, **bad})
            assert isinstance(raised.value, ClusterRejected)
        assert server.get()["status"] == {"observedGeneration": -1}

    @pytest.mark.parametrize(
        "change",
        [
            {"reason": ""}, {"reason": "not camel"}, {"type": ""}, {"status": "true"},
            {"lastTransitionTime": "yesterday"}, {"lastTransitionTime": None}, {"reason": None},
            {"message": None}, {"message": "x" * 32_769}, {"observedGeneration": -1},
        ],
        ids=str,
    )  # fmt: skip
    def test_a_condition_keeps_kubernetes_own_limits(
        self, server: Server, change: Document
    ) -> None:
        jobs = server.make()
        good = {
            "type": "Ready", "status": "True", "reason": "Succeeded", "message": "x" * 32_768,
            "lastTransitionTime": "2025-01-01T00:00:00Z", "observedGeneration": 1,
        }  # fmt: skip
        server.writer.patch_status(jobs, {"conditions": [good]})
        bad = {key: value for key, value in {**good, **change}.items() if value is not None}
        with pytest.raises(ClusterError, match="422"):
            server.writer.patch_status(jobs, {"conditions": [bad]})

    def test_two_conditions_of_one_type_are_refused(self, server: Server) -> None:
        jobs = server.make()
        one = {
            "type": "Ready", "status": "True", "reason": "Succeeded", "message": "",
            "lastTransitionTime": "2025-01-01T00:00:00Z",
        }  # fmt: skip
        with pytest.raises(ClusterError, match="422"):
            server.writer.patch_status(jobs, {"conditions": [one, one]})

    def test_a_guarded_status_conflicts_with_any_change_since(self, server: Server) -> None:
        jobs = server.make()
        server.person.edit("jobs", {"metadata": {"labels": {"a": "b"}}})
        with pytest.raises(ClusterConflict, match="409"):
            server.writer.patch_status(jobs, {"id": "1"}, guarded=True)
        assert server.get()["status"] == {"observedGeneration": -1}
        server.writer.patch_status(server.read(), {"id": "1"}, guarded=True)
        assert server.get()["status"]["id"] == "1"

    # Finalizers and deletion ------------------------------------------------------------------

    @pytest.mark.parametrize("others", [[], [OTHER]])
    def test_the_finalizer_is_set_behind_those_of_others(
        self, server: Server, others: list[str]
    ) -> None:
        version = add_finalizer(server.writer, server.make(finalizers=others))
        assert server.get()["metadata"]["finalizers"] == [*others, FINALIZER]
        assert server.get()["metadata"]["generation"] == 1
        assert version == server.read().resource_version

    def test_the_finalizer_is_not_set_on_an_object_that_changed(self, server: Server) -> None:
        jobs = server.make()
        server.person.edit("jobs", {"metadata": {"labels": {"a": "b"}}})
        with pytest.raises(ClusterConflict):
            add_finalizer(server.writer, jobs)
        assert not server.get()["metadata"].get("finalizers")

    def test_a_json_patch_whose_test_fails_does_nothing(self, server: Server) -> None:
        server.make(finalizers=[OTHER])
        patch = [
            {"op": "add", "path": "/metadata/labels", "value": {"a": "b"}},
            {"op": "test", "path": "/metadata/finalizers/0", "value": FINALIZER},
            {"op": "remove", "path": "/metadata/finalizers/0"},
        ]
        status, answer = server.send("PATCH", server.place("jobs"), patch, JSON_PATCH)
        assert (status, answer["details"]) == (422, {}), "what else gives a 422 says more"
        assert server.get()["metadata"]["finalizers"] == [OTHER]
        assert not server.get()["metadata"].get("labels")

    def test_our_finalizer_is_taken_off_and_no_other(self, server: Server) -> None:
        remove_finalizer(server.writer, server.make(finalizers=[OTHER, FINALIZER]))
        assert server.get()["metadata"]["finalizers"] == [OTHER]

    def test_a_deletion_waits_for_the_finalizer_and_moves_the_generation(
        self, server: Server
    ) -> None:
        server.make(finalizers=[FINALIZER])
        server.person.delete("jobs")
        found = server.get()
        assert found["metadata"]["deletionTimestamp"]
        assert found["metadata"]["generation"] == 2
        assert server.read().deleting
        server.writer.patch_status(server.read(), {"id": "1"})
        server.writer.patch_annotations(server.read(), {"a": "b"})
        remove_finalizer(server.writer, server.read())
        assert server.person.get("jobs") is None
        with pytest.raises(ClusterNotFound):
            server.writer.patch_annotations(manifest_from(found, "cluster"), {"a": "b"})

    def test_a_second_request_to_delete_changes_nothing(self, server: Server) -> None:
        server.make(finalizers=[FINALIZER])
        server.person.delete("jobs")
        before = server.get()
        server.person.delete("jobs")
        assert server.get() == before

    def test_an_object_that_is_being_deleted_takes_no_new_finalizer(self, server: Server) -> None:
        server.make(finalizers=[OTHER])
        server.person.delete("jobs")
        with pytest.raises(ClusterConflict):
            add_finalizer(server.writer, server.read())
        assert server.get()["metadata"]["finalizers"] == [OTHER]

    def test_a_deletion_without_a_finalizer_is_done_at_once(self, server: Server) -> None:
        server.make()
        server.person.delete("jobs")
        assert server.person.get("jobs") is None

    def test_an_object_of_the_same_name_is_another_one(self, server: Server) -> None:
        first = server.make(finalizers=[FINALIZER])
        server.person.delete("jobs")
        remove_finalizer(server.writer, server.read())
        second = server.make(finalizers=[FINALIZER])
        assert second.uid != first.uid
        with pytest.raises(ClusterConflict):
            remove_finalizer(server.writer, first)
        assert server.get()["metadata"]["finalizers"] == [FINALIZER]

    # Events -----------------------------------------------------------------------------------

    def event(self, server: Server, **members: Any) -> Document:
        """An event as we make it, changed."""
        jobs = server.person.get("jobs") or {}
        manifest = manifest_from(jobs, "cluster") if jobs else server.make()
        made = document(
            Event(manifest, False, "Created", "a note", "Create", "stamp"),
            "vpsync-default",
            datetime(2025, 6, 15, 12, 0, tzinfo=UTC),
        )
        return {**made, **members}

    def path(self, server: Server) -> str:
        """Where events are posted."""
        return f"/api/v1/namespaces/{server.namespace}/events"

    def test_an_event_is_posted_once_by_its_name(self, server: Server) -> None:
        event = self.event(server)
        assert server.send("POST", self.path(server), event)[0] == 201
        status, answer = server.send("POST", self.path(server), event)
        assert (status, answer["reason"]) == (409, "AlreadyExists")
        server.writer.create_event(server.namespace, event)
        [posted] = server.person.events()
        assert posted["reason"] == "Created"
        assert posted["note"] == "a note"

    def test_an_event_that_recurs_becomes_a_series_with_its_last_time(self, server: Server) -> None:
        again = Event(server.make(), True, "Rejected", "no", "Reconcile", "stamp", recurs=True)
        for minute in (0, 5, 9):
            post(server.writer, again, "vpsync", datetime(2025, 6, 15, 12, minute, tzinfo=UTC))
        [posted] = server.person.events()
        assert posted["series"]["count"] == 3
        assert posted["series"]["lastObservedTime"] == "2025-06-15T12:09:00.000000Z"
        assert posted["deprecatedLastTimestamp"] == "2025-06-15T12:09:00Z"
        assert posted["eventTime"] == "2025-06-15T12:00:00.000000Z"

    def test_our_longest_event_is_taken(self, server: Server) -> None:
        jobs = server.make("a" * 253)
        long = Event(jobs, True, "R" * 500, "ä" * 5000, "A" * 500, "stamp")
        post(server.writer, long, "i" * 500, datetime(2025, 6, 15, tzinfo=UTC))
        [posted] = server.person.events()
        assert posted["type"] == "Warning"
        assert len(posted["note"].encode()) <= 1024

    @pytest.mark.parametrize(
        "members",
        [
            {"message": "x" * 1025}, {"reason": "R" * 129}, {"action": "A" * 129}, {"action": ""},
            {"reason": ""}, {"reportingComponent": ""},
            {"reportingInstance": ""}, {"reportingInstance": "i" * 129},
        ],
        ids=lambda members: next(iter(members)),
    )  # fmt: skip
    def test_an_event_beyond_the_limits_is_refused(self, server: Server, members: Document) -> None:
        event = self.event(server, **members)
        assert server.send("POST", self.path(server), event)[0] == 422
        assert server.person.events() == []
