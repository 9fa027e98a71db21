"""Whose an annotation of a VVP object is, by its key."""

from __future__ import annotations

from vpsync.model.resource import GROUP

_NOT_A_PERSONS = ("com.dataartisans.", f"{GROUP}/")
"""Annotations that VVP's controllers and vpsync write."""

STOP_WITH_DRAIN = "com.dataartisans.appmanager.controller.deployment.stop-with-drain"
"""Of the controllers' prefix, and a person's all the same (VVP documentation, "Draining")."""


def is_a_persons(key: str) -> bool:
    """Whether an annotation of a VVP object is one that people set."""
    return key == STOP_WITH_DRAIN or not key.startswith(_NOT_A_PERSONS)
