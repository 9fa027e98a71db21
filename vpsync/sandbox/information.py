"""Status and system information (swagger 2.1.0 and newer).

`status.revisionInformation.buildVersion` is the way to learn the version of VVP. The content of the
plain status is stated nowhere; it is there for liveness.
"""

from vpsync.sandbox.call import Call, Reply, value_reply
from vpsync.sandbox.platform import Platform

_COMMIT = "5a1d0b0c0ffee0000000000000000000deadbeef"


def get_status(platform: Platform, call: Call) -> Reply:
    """GET of the plain status."""
    return value_reply(200, {"kind": "Status", "apiVersion": "v1", "status": {"state": "UP"}})


def get_system_info(platform: Platform, call: Call) -> Reply:
    """GET of versions and CPU quota."""
    revision = {
        "buildVersion": platform.options.version,
        "buildTime": "2022-11-02T10:00:00Z",
        "commitShaShort": _COMMIT[:7],
        "commitShaLong": _COMMIT,
    }
    quota = {
        "kind": "ResourceQuota",
        "apiVersion": "v1",
        "spec": {"type": "UNLIMITED"},
        "status": {"used": {"cpu": _used_cpu(platform)}},
    }
    status = {"jvmVersion": "11.0.16", "revisionInformation": revision, "resourceQuota": quota}
    return value_reply(200, {"kind": "SystemInformation", "apiVersion": "v1", "status": status})


def _used_cpu(platform: Platform) -> float:
    used = 0.0
    for space in platform.spaces.values():
        for record in space.deployments:
            if record.job is not None:
                template = record.spec["template"]["spec"]
                for group in template.get("resources", {}).values():
                    used += group.get("cpu", 0.0)
    return used
