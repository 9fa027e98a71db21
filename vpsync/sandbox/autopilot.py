"""Autopilot policies (Enterprise, from 2.2 on; VVP page "Autopilot", Platform swagger 2.4.3).

Every deployment has a policy, by default DISABLED. What an ACTIVE policy does to its deployment is
not simulated: edit the deployment as Autopilot would. The form of a policy's name is unverified.
"""

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.deployments import found_deployment
from vpsync.sandbox.errors import bad_request
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import AUTOPILOT_POLICY, conform
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.records import Record
from vpsync.sandbox.space import Space

_CONFIGS = ("autoscalerConfig", "libraConfig")


def list_policies(platform: Platform, call: Call) -> Reply:
    """GET of the policies of all deployments of a namespace."""
    space = platform.space(call.namespace)
    shown = platform.arrange([policy_of(space, record) for record in space.deployments])
    if not shown and platform.options.omit_empty_lists:
        return value_reply(200, {})
    return value_reply(200, {"policies": shown})


def get_policy(platform: Platform, call: Call) -> Reply:
    """GET of the policy of one deployment."""
    space = platform.space(call.namespace)
    record = found_deployment(platform, space, call.ref)
    return value_reply(200, {"policy": policy_of(space, record)})


def put_policy(platform: Platform, call: Call) -> Reply:
    """PUT of the policy of one deployment."""
    space = platform.open_space(call.namespace)
    record = found_deployment(platform, space, call.ref)
    sent = conform(AUTOPILOT_POLICY, call.body, "policy", platform.strict())
    if "mode" not in sent:
        raise bad_request("policy.mode is required.")
    parts = {key: sent[key] for key in _CONFIGS if key in sent}
    set_policy(platform, space, record, sent["mode"], parts)
    return value_reply(200, {"policy": policy_of(space, record)})


def get_recommendation(platform: Platform, call: Call) -> Reply:
    """GET of what Autopilot would change: nothing, as nothing is measured here."""
    found_deployment(platform, platform.space(call.namespace), call.ref)
    return value_reply(200, {"recommendation": {}})


def get_policy_status(platform: Platform, call: Call) -> Reply:
    """GET of how the policy of one deployment fares."""
    found_deployment(platform, platform.space(call.namespace), call.ref)
    return value_reply(200, {"status": {"status": "POLICY_STATUS_OK"}})


def set_policy(
    platform: Platform, space: Space, record: Record, mode: str, parts: JsonObject
) -> None:
    """Stores the policy of a deployment; `parts` are its `autoscalerConfig` and `libraConfig`."""
    policy: JsonObject = {"mode": mode, "modifyTime": platform.identity.now_millis()}
    space.policies[record.id] = policy | parts


def policy_of(space: Space, record: Record) -> JsonObject:
    """The policy of a deployment as a client reads it."""
    policy = space.policies.get(record.id, {"mode": "AUTOPILOT_MODE_DISABLED"})
    name = f"namespaces/{space.name}/deployments/{record.id}/autopilotpolicy"
    return {"name": name, **policy}
