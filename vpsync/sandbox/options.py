"""The switches of the simulator, one per behaviour that no public source settles.

"Unverified" in a comment means: the VVP documentation and its swagger files (2.1.0 to 2.7.1) do not
say, and no public client shows. A tool that is right about VVP passes its tests with every setting
of such a switch.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from vpsync.sandbox.errors import ErrorForm
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.presets import builtin_global_defaults


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What kind of platform to simulate. The defaults are those that VVP most probably shows."""

    edition: Literal["enterprise", "community"] = "enterprise"
    """`community`: one namespace `default`, no tokens, no Platform API."""

    version: str = "2.8.1"
    """Version of VVP: reported by system-info, and endpoints newer than it do not exist.

    The exact format of `buildVersion` is unverified.
    """

    namespaces: tuple[str, ...] = ("default",)
    """Namespaces that exist from the start (enterprise)."""

    auth: bool = False
    """Whether tokens are checked (enterprise); without, every request may do everything."""

    seed: int | None = None
    """Seed of all ids, and of the order of lists in shuffle mode. None: ids never repeat, also when
    the platform starts anew. A number makes them the same in each run."""

    polls_per_transition: int = 2
    """How many reads of a deployment, session cluster or savepoint show it in between."""

    polls_until_namespace_gone: int = 2
    """How many reads of a deleted namespace show it TERMINATING before it answers 404."""

    latency: float = 0.0
    """Seconds that every answer is held back."""

    log_limit: int = 100_000
    """How many requests the request log keeps; older ones are forgotten."""

    max_events_per_deployment: int | None = None
    """VVP's `maxNumberEvents`: older events of a deployment vanish. None (VVP's default): none."""

    global_defaults: JsonObject = field(default_factory=builtin_global_defaults)
    """The global defaults: those built in, or what an administrator makes of them (`presets`)."""

    create_status: int = 201
    """Status of a POST of a secret value or session cluster. Unverified; 200 is the other guess."""

    platform_create_status: int = 200
    """Status of a POST of a namespace or API token: seen for tokens; 201 is in the swagger, too."""

    stale_status_after_patch: bool = True
    """The answer to a write still shows the old steady state; the next read shows TRANSITIONING.

    Seen by the authors of a public client, who wait after each write. At creation the old state is
    CANCELLED. False: the answer shows TRANSITIONING.
    """

    status_on_create: Literal["state", "absent"] = "state"
    """Whether a deployment that was just created shows a `status` in that answer. Unverified."""

    target_reference: Literal["as-sent", "both"] = "as-sent"
    """Whether a read shows target name and id when one of them was sent. Unverified."""

    live_target_change: Literal["upgrade", "later", "reject"] = "upgrade"
    """A new target or session cluster on a deployment that is not terminal: a transition, none until
    something else starts one (the vendor's closed list of what does makes it likely), or 409."""

    delete_running_status: int = 409
    """Status of DELETE on a deployment whose desired state is RUNNING. Unverified."""

    delete_while_transitioning: bool = False
    """Whether DELETE works on a deployment that is still TRANSITIONING. Unverified."""

    savepoints_survive_deployment: bool = True
    """Whether savepoint resources outlive the deletion of their deployment. Unverified."""

    stale_resource_version: Literal["ignore", "conflict"] = "ignore"
    """A write that carries an outdated `metadata.resourceVersion`: taken, or 409. Unverified."""

    unknown_fields: Literal["drop", "reject"] = "drop"
    """Members of a body that VVP does not know: dropped, or 400. Unverified."""

    put_applies_defaults: bool = True
    """Default of the query parameter `applyDefaults` of PUT; the 2.7.1 swagger declares true."""

    patch_applies_defaults: bool = False
    """Whether a PATCH fills what it removed from the defaults again. Unverified."""

    put_keeps_metadata: bool = False
    """Whether PUT keeps labels and annotations that its body leaves out. Unverified."""

    put_name_mismatch: Literal["reject", "ignore"] = "reject"
    """PUT of a deployment with another `metadata.name` or `metadata.namespace` than those in the path,
    or of a target with another name: 400, as one client met it (likely), or the path wins."""

    duplicate_target_status: int | None = None
    """POST of a target whose name is taken. None: by version, 400 up to 2.5 (seen), 409 after it."""

    changed_target_status: int = 400
    """Status of PUT on a target with another spec; that it is refused is documented."""

    suspend_from_cancelled: Literal["suspended", "failed"] = "suspended"
    """SUSPENDED desired where there is no job to suspend. Unverified."""

    failed_restarts_on_change: bool = False
    """Whether a changed spec starts a FAILED deployment again by itself. Unverified."""

    retained_checkpoint_on_cancel: bool = False
    """Whether cancelling records a savepoint of origin RETAINED_CHECKPOINT (VVP: it may)."""

    latest_savepoint_deletable: bool = True
    """Whether the newest savepoint of a deployment may be deleted without force. Unverified."""

    location_alone: Literal["registers", "triggers"] = "registers"
    """What a POST of a savepoint with a location but without `flinkSavepointId` does: the vendor's
    own client registers snapshots with both only, and takes a new savepoint otherwise."""

    keep_annotations_on_savepoints: bool = True
    """Whether annotations sent with a savepoint come back. Unverified."""

    drop_foreign_annotations: bool = False
    """Deployments keep only annotations of VVP's own controllers. Unverified."""

    annotation_write_restarts: bool = False
    """A changed annotation counts as a new spec version and restarts the job. Unverified."""

    render_nulls: bool = True
    """Absent optional members read back as null (`log4j2ConfigurationTemplate`), as seen in 2.6."""

    secret_value_on_read: Literal["omit", "return", "mask"] = "omit"
    """What a read of a secret value shows of its value. Unverified."""

    secret_kind_case: Literal["upper", "as-sent"] = "upper"
    """Case in which the kind of a secret value reads back. Unverified."""

    session_delete_needs_stop: bool = True
    """DELETE of a session cluster that is not stopped is a 409. Unverified."""

    masks_sensitive_values: bool = True
    """Whether reads of deployments hide values of sensitive configuration keys, as VVP does from
    2.5.4 on."""

    canonical_quantities: bool = True
    """Whether quantities in pod templates and volumes are kept in canonical form: VVP likely does."""

    drops_newer_fields: bool = True
    """Whether fields that the played release does not have yet are dropped, as VVP does."""

    fills_emptied: bool = False
    """Whether an emptied list or map of a deployment gets its default again. Unverified."""

    list_order: Literal["created", "shuffled"] = "created"
    """Order of every list. Unverified."""

    omit_empty_lists: bool = False
    """Platform answers leave out empty lists, as proto3 JSON does. Unverified."""

    patch_merges_role_bindings: bool = False
    """Whether PATCH of a namespace adds to `roleBindings` instead of replacing. Unverified."""

    error_body: ErrorForm = "full"
    """Error bodies as seen in 2.6.1; `message` only; or as Spring Boot makes them. The values of
    `kind`, `reason` and `context` in the full form are unverified."""

    merge_patch_media_type: bool = False
    """Whether `application/merge-patch+json` is accepted; every client sends plain JSON."""

    platform_refusal_status: Literal[403, 404, 501] = 404
    """What Community answers on namespaces, API tokens and Autopilot. Unverified."""

    absent_token_status: Literal[403, 404] = 404
    """GET or DELETE of an API token that does not exist; the Go operator met 403."""

    system_info_needs_token: bool = True
    """Whether system-info asks for a token, of any role. Unverified."""

    def release(self) -> tuple[int, ...]:
        """Major, minor and, if told, patch version, by which features are gated."""
        major, minor, *rest = self.version.split(".")
        patch = re.match("[0-9]+", rest[0]) if rest else None
        return (int(major), int(minor), *([int(patch[0])] if patch else []))
