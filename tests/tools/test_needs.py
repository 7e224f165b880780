from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

SUITE = """
    import pytest

    @pytest.mark.needs("postgres")
    def test_one(): pass

    @pytest.mark.needs("postgres", "node")
    def test_two(): pass

    @pytest.mark.needs("node")
    def test_node(): pass

    def test_plain(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BACKSTAY_TEST_REQUIRE_ALL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(pytester._request.config.rootpath))
    monkeypatch.setenv("BACKSTAY_TEST_POSTGRES", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\nmarkers = needs(tool): x\n")
    pytester.makeconftest('pytest_plugins = ["tests.plugins.needs"]')
    (pytester.path / "bin").mkdir()
    npm = pytester.path / "bin" / "npm"
    npm.write_text("#!/bin/sh\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(pytester.path / "bin"), prepend=":")
    return pytester


def run(suite: pytest.Pytester, body: str = SUITE) -> pytest.RunResult:
    suite.makepyfile(body)
    return suite.runpytest_subprocess("-p", "no:cacheprovider")


def test_a_missing_tool_skips_its_tests_and_the_summary_tells_how_to_get_it(suite: pytest.Pytester) -> None:
    result = run(suite)
    result.assert_outcomes(passed=2, skipped=2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*not run on this machine*",
            "2 tests need PostgreSQL: no connection to postgresql://nobody@127.0.0.1:1/nothing (*",
            "    To run them: install it (Debian, Ubuntu: apt install postgresql)*",
            "Everything else ran. CI runs all of it.",
        ]
    )
    result.stdout.no_fnmatch_line("*need Node*")


def test_no_summary_when_nothing_was_missed(suite: pytest.Pytester) -> None:
    result = run(suite, "def test_plain(): pass")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*not run on this machine*")


@pytest.mark.parametrize("variable", ["CI=true", "BACKSTAY_TEST_REQUIRE_ALL=1"])
def test_a_missing_tool_fails_where_everything_is_required(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(*variable.split("="))
    result = run(suite)
    # A failure in the setup phase counts as an error.
    result.assert_outcomes(passed=2, errors=2)
    assert result.ret == 1


def test_any_skip_fails_where_everything_is_required(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    result = run(
        suite,
        """
        import pytest
        def test_body(): pytest.skip("just because")
        @pytest.mark.skip(reason="later")
        def test_mark(): pass
        @pytest.mark.xfail(strict=True)
        def test_expected(): assert False
        """,
    )
    result.assert_outcomes(failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["*was skipped, and here nothing may be*just because*"])


def test_an_unknown_tool_is_a_mistake_in_the_test(suite: pytest.Pytester) -> None:
    result = run(suite, 'import pytest\n@pytest.mark.needs("postgras")\ndef test_typo(): pass')
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown tool 'postgras': the known ones are postgres,*"])
