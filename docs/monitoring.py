"""Writes ``k8s/monitoring/prometheusrule.yaml`` from the rules file beside it.

``python -m docs.monitoring`` writes it anew; a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "k8s" / "monitoring"
RULES, RESOURCE = FOLDER / "rules.yaml", FOLDER / "prometheusrule.yaml"

HEAD = """\
# Made by `python -m docs.monitoring` from rules.yaml: the alerts for the Prometheus operator.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: vpsync
  namespace: vpsync
  labels:
    app.kubernetes.io/name: vpsync
spec:
"""


def resource() -> str:
    """The PrometheusRule."""
    lines = RULES.read_text(encoding="utf-8").splitlines()
    return HEAD + "".join(f"  {line}\n" if line else "\n" for line in lines if line[:1] != "#")


if __name__ == "__main__":
    RESOURCE.write_text(resource(), encoding="utf-8")
