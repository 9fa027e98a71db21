"""A pipe takes UTF-8 whatever the locale says, so that JSON stays JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_json_in_a_pipe_is_valid_under_an_ascii_locale(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("größe: {", encoding="utf-8")
    name = tmp_path / "größe.yaml"
    (tmp_path / "broken.yaml").rename(name)
    done = subprocess.run(
        [sys.executable, "-m", "vpsync", "validate", "-o", "json", str(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "größe.yaml" in json.dumps(json.loads(done.stdout.decode()), ensure_ascii=False)
