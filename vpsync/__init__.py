"""vpsync makes Ververica Platform (VVP) 2.x match ``Vp*`` Kubernetes custom resources.

One level-triggered pass lists the resources, validates them against JSON schemas, plans the
difference with VVP, applies it over VVP's REST API, writes statuses and events, and exits.
:mod:`vpsync.reconcile.run` tells that pass from its first line to its last.
"""

__version__ = "0.1.0"
