"""Every reason that a condition or an event can carry, with its meaning.

The list is closed. ``stalled`` reasons need a person; ``waiting`` ones are taken up again by a later
pass; the others describe a settled resource.
"""

from __future__ import annotations

from enum import Enum


class Weight(Enum):
    """What a reason means for the resource."""

    SETTLED = "settled"
    WAITING = "waiting"
    STALLED = "stalled"


class Reason(Enum):
    """One reason: its name as users see it, its weight and its meaning."""

    # Settled.
    Succeeded = (Weight.SETTLED, "VVP holds what the resource declares, in the desired state.")
    NotKept = (Weight.SETTLED, "VVP was sent what the resource declares, and has something else.")
    UnknownField = (Weight.SETTLED, "A field is probably a typo; it was sent as it is.")
    Finished = (Weight.SETTLED, "A bounded job came to its normal end.")
    JobFailing = (Weight.SETTLED, "The job runs, but VVP reports that it keeps failing.")
    UnknownState = (
        Weight.SETTLED,
        "VVP reports a state that this version of vpsync does not know.",
    )

    Paused = (Weight.SETTLED, "The resource is paused or only observed: VVP is not written to.")
    Drifted = (Weight.SETTLED, "VVP departs from a declared field, and is left so on request.")

    # Waiting: a later pass goes on.
    Progressing = (Weight.WAITING, "VVP is carrying out a change.")
    DependencyNotReady = (Weight.WAITING, "Something that the resource refers to is not there yet.")
    DeletionBlocked = (
        Weight.WAITING,
        "Something in VVP has to go before the object can be deleted.",
    )
    Deleting = (Weight.WAITING, "The deletion is under way in VVP.")
    HeldByBrake = (Weight.WAITING, "So much would change at once that a person has to confirm it.")
    RestartsForMarker = (
        Weight.WAITING,
        "VVP restarted a job when only our marker was written to it; no other job is marked.",
    )
    RetryNextPass = (Weight.WAITING, "A request failed; the next pass tries again.")

    # Stalled: a person must act.
    InvalidSpec = (Weight.STALLED, "The manifest breaks its schema or a rule.")
    NotPermitted = (Weight.STALLED, "The Kubernetes namespace may not have this in VVP.")
    InvalidAnnotation = (Weight.STALLED, "One of our annotations has an invalid value.")
    Rejected = (
        Weight.STALLED,
        "VVP refused the change; it is not sent again until the resource changes.",
    )
    Immutable = (Weight.STALLED, "VVP cannot change this field of an existing object.")
    NotOwned = (Weight.STALLED, "The VVP object exists and is not owned by this resource.")
    JobFailed = (Weight.STALLED, "The job failed and VVP gave up.")
    StateLoss = (Weight.STALLED, "Going on would lose the state of a job.")
    SavepointFailed = (Weight.STALLED, "VVP could not take the savepoint.")
    CreateResultUnknown = (
        Weight.STALLED,
        "A savepoint was asked for, and it cannot be told which one it is.",
    )
    Gone = (Weight.STALLED, "VVP no longer has the savepoint; it is never taken again.")
    Unauthorized = (Weight.STALLED, "VVP refuses the token for this VVP namespace.")
    Unsupported = (Weight.STALLED, "This VVP server or edition cannot do it.")
    InternalError = (
        Weight.STALLED,
        "vpsync itself failed over this resource; it went on for all others.",
    )

    def __init__(self, weight: Weight, meaning: str) -> None:
        self.weight = weight
        self.meaning = meaning

    @property
    def stalled(self) -> bool:
        """Whether a person must act."""
        return self.weight is Weight.STALLED

    @property
    def waiting(self) -> bool:
        """Whether a later pass goes on by itself."""
        return self.weight is Weight.WAITING

    def __str__(self) -> str:
        return self.name
