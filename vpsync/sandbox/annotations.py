"""Annotations that VVP's controllers write, and who may change which annotation.

The prefix and the keys are those seen in exported objects and in the ignore list of a public
client; whether a client may overwrite them is stated nowhere: here the controllers' values win.
"""

from vpsync.sandbox.jsontext import JsonObject

SERVER_PREFIX = "com.dataartisans.appmanager.controller."
SPEC_VERSION = SERVER_PREFIX + "deployment.spec.version"
TRANSITIONING = SERVER_PREFIX + "deployment.transitioning"
TRANSITIONING_SINCE = SERVER_PREFIX + "deployment.transitioning.since"
REFERENCES = SERVER_PREFIX + "references"
STOP_WITH_DRAIN = SERVER_PREFIX + "deployment.stop-with-drain"
"""Users set it, to have a job drained when it stops (VVP page "Draining"); VVP never does."""
RESOURCES_ACQUIRED = SERVER_PREFIX + "sessioncluster.resources.acquired"


def merge_annotations(sent: JsonObject, held: JsonObject, drop_foreign: bool) -> JsonObject:
    """The annotations after a write: `sent` by the client, controllers' own from what is `held`.

    `drop_foreign`: the platform does not keep annotations that it does not know.
    """
    own = {key: value for key, value in held.items() if _is_servers(key)}
    sent = {key: value for key, value in sent.items() if not _is_servers(key)}
    if drop_foreign:
        sent = {key: value for key, value in sent.items() if key == STOP_WITH_DRAIN}
    return sent | own


def _is_servers(key: str) -> bool:
    return key.startswith(SERVER_PREFIX) and key != STOP_WITH_DRAIN
