"""The table: kubeconfigs, and whom a server then sees. None is a refusal before any request.

``kubectl`` is the same where nothing else is said; where it is not, the page about kubeconfigs says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from .case import Case
from .contexts import contexts, forms, lists
from .plugins import plugins, providers
from .proxies import proxies
from .servers import servers, trust
from .users import certificates, impersonation, tokens

__all__ = ["Case", "table"]


def table() -> Mapping[str, Case]:
    """All cases, by their names."""
    subjects = (
        contexts, lists, forms, tokens, certificates, impersonation, plugins, providers, servers,
        trust, proxies,
    )  # fmt: skip
    found: dict[str, Case] = {}
    for case in (case for subject in subjects for case in subject()):
        assert case.name not in found, f"two cases {case.name!r}"
        found[case.name] = case
    return found
