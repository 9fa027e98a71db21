"""Durations, kinds and URLs as people write them."""

from __future__ import annotations

import pytest

from vpsync.errors import SettingsError
from vpsync.kinds import KINDS
from vpsync.settings import Settings, VvpSettings, duration, kinds_named, urls


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1h", 3600), ("1h30m15s", 5415),
            ("45", 45), ("0", 0), ("0s", 0), ("1.5", 1.5), ("1.5s", 1.5), (" 5m ", 300),
            ("1h1", 3601),
        ],
    )  # fmt: skip
    def test_are_hours_minutes_seconds_or_plain_seconds(self, text: str, seconds: float) -> None:
        assert duration(text) == seconds

    @pytest.mark.parametrize(
        "text",
        ["", " ", "s", "m", "soon", "-5", "-5s", "5 m", "5d", "5M", "1m1h", "1e3", "inf", "nan",
         "1,5s", "5ms", "٣s5x", "1.5m"],
    )  # fmt: skip
    def test_of_another_form_are_refused_with_an_example(self, text: str) -> None:
        with pytest.raises(SettingsError, match="write 90s, 5m or 1h30m"):
            duration(text)


class TestKinds:
    @pytest.mark.parametrize(
        "text", ["VpDeployment", "vpdeployment", "vpdeployments", " VPDEPLOYMENTS ,"]
    )
    def test_are_named_in_any_case_and_number(self, text: str) -> None:
        assert [kind.name for kind in kinds_named(text)] == ["VpDeployment"]

    def test_come_in_dependency_order_whatever_the_order_of_the_names(self) -> None:
        names = ",".join(reversed([kind.name for kind in KINDS]))
        assert kinds_named(names) == KINDS

    def test_come_once(self) -> None:
        assert len(kinds_named("vpdeployments,VpDeployment")) == 1

    @pytest.mark.parametrize(
        "text", ["Deployment", "vpdeploymentz", ",", " ", "VpDeployment,nonsense"]
    )
    def test_that_do_not_exist_are_refused_with_those_that_do(self, text: str) -> None:
        with pytest.raises(SettingsError, match="choose one of VpNamespace, VpDeploymentTarget"):
            kinds_named(text)


class TestUrls:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ((None, None, None), ("http://localhost:8081/api", "http://localhost:8081")),
            (("https://vvp.test", None, None), ("https://vvp.test/api", "https://vvp.test")),
            (("https://vvp.test/", None, None), ("https://vvp.test/api", "https://vvp.test")),
            (("https://x.test/vvp/", None, None), ("https://x.test/vvp/api", "https://x.test/vvp")),
            (
                (None, "http://a.test/api", None),
                ("http://a.test/api", "http://localhost:8081"),
            ),
            ((None, None, "http://p.test"), ("http://localhost:8081/api", "http://p.test")),
            ((None, "http://a.test", "http://p.test"), ("http://a.test", "http://p.test")),
        ],
    )  # fmt: skip
    def test_are_one_or_two(
        self, given: tuple[str | None, str | None, str | None], expected: tuple[str, str]
    ) -> None:
        assert urls(*given) == expected

    @pytest.mark.parametrize("apart", [("http://a.test", None), (None, "http://p.test")])
    def test_are_not_given_in_both_ways(self, apart: tuple[str | None, str | None]) -> None:
        with pytest.raises(SettingsError, match="not both"):
            urls("http://vvp.test", *apart)

    @pytest.mark.parametrize(
        "text",
        ["vvp.test", "ftp://vvp.test", "http://", "http:///", "https:///api", "//vvp.test",
         "file:///etc/passwd", "javascript:x", "http:vvp.test", "http://vvp.test:port",
         "http://vvp.test:0", "http://vvp.test:99999", "http://[::1", "http://vvp.test?x=y",
         "http://vvp.test/#x", "http://:8081"],
    )  # fmt: skip
    def test_are_http_or_https_and_have_a_host(self, text: str) -> None:
        with pytest.raises(SettingsError, match="is no URL of VVP") as raised:
            urls(text, None, None)
        assert "/api'" not in str(raised.value) or "/api" in text, "it is told as it was typed"

    @pytest.mark.parametrize("text", ["http://user:CANARY@vvp.test", "https://CANARY@vvp.test/x"])
    def test_hold_no_credentials_and_the_refusal_does_not_repeat_them(self, text: str) -> None:
        with pytest.raises(SettingsError, match="must not hold a user or a password") as raised:
            urls(text, None, None)
        assert "CANARY" not in str(raised.value)


def test_settings_do_not_show_tokens() -> None:
    settings = Settings(vvp=VvpSettings(tokens={"APPMANAGER_API_TOKEN": "CANARY"}))
    assert "CANARY" not in repr(settings)
