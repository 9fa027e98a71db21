"""What is told over HTTP: ``/metrics``, ``/healthz``, ``/readyz``, and a page for people at ``/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.exposition import choose_encoder

from vpsync.controller.gate import Admission, Gate
from vpsync.controller.health import Health
from vpsync.controller.metrics import Metrics
from vpsync.controller.overview import PageContents
from vpsync.controller.server import Page, text_page

_CHALLENGES = {"/": 'Basic realm="vpsync: any name, and a token of the cluster as the password"'}
"""What asks for a token where it is not the bearer's header: browsers have no other way to send one."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Answers requests; safe to share between threads."""

    metrics: Metrics
    health: Health
    contents: PageContents
    gate: Gate | None = None
    """Who may read more than health; None for everybody."""

    def answer(self, path: str, headers: Mapping[str, str]) -> Page:
        """The answer to a GET of a path."""
        match path:
            case "/healthz":
                return self._healthz()
            case "/readyz":
                return self._readyz()
            case "/metrics":
                return self._refusal(path, headers) or self._metrics(headers)
            case "/":
                page = self.contents.page
                return self._refusal(path, headers) or page(headers.get("Accept") or "")
            case _:
                return text_page("there are /, /metrics, /healthz and /readyz", 404)

    def _healthz(self) -> Page:
        late = self.health.late
        if late <= 0:
            return text_page("ok")
        return text_page(f"the loop hangs: a sign of life is {late:.0f} s late", 503)

    def _readyz(self) -> Page:
        if self.health.ready:
            return text_page("ok")
        return text_page("the first pass is not over yet", 503)

    def _refusal(self, path: str, headers: Mapping[str, str]) -> Page | None:
        """Why the caller may not have the page, if so."""
        if self.gate is None:
            return None
        match self.gate.admit(headers.get("Authorization") or "", path):
            case Admission.ADMITTED:
                return None
            case Admission.UNKNOWN:
                text = "this needs a bearer token that the cluster accepts"
                return text_page(text, 401, WWW_Authenticate=_CHALLENGES.get(path, "Bearer"))
            case Admission.FORBIDDEN:
                return text_page(f"this account may not get {path}", 403)
            case Admission.UNANSWERED:
                return text_page("the cluster could not be asked about the token", 503)

    def _metrics(self, headers: Mapping[str, str]) -> Page:
        """In the OpenMetrics format where it is asked for, else in that of Prometheus."""
        encode, content_type = choose_encoder(headers.get("Accept") or "")
        return Page(encode(self.metrics.registry), content_type)
