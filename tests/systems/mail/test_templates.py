"""Templates: checked at start, confined when rendered, escaped where it matters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from typing_extensions import override

from backstay.kernel.module import CompositionError, Module
from backstay.systems.mail import MailTemplate
from backstay.systems.mail.module import module as mail
from backstay.systems.mail.service.mjml import html_of
from backstay.systems.mail.service.rendering import Misworded
from backstay.systems.mail.service.templates import Source, Templates
from tests.systems.mail.shop.module import ReceiptMail
from tests.systems.mail.shop.module import module as shop

BODY = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"
Make = Callable[..., Templates]


class HelloMail(MailTemplate, frozen=True, kw_only=True):
    """Says hello."""

    name: str = "Ada"

    @classmethod
    @override
    def sample(cls) -> Self:
        return cls()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Templates of a module whose files the test writes."""
    package = f"greetings_{uuid4().hex}"
    home = tmp_path / package
    home.mkdir()
    (home / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))

    def templates(**files: str) -> Templates:
        folder = home / "templates"
        folder.mkdir()
        for name, text in files.items():
            (folder / name.replace("_", ".", 1)).write_text(text)
        module = Module(
            name="greetings",
            summary="Greets.",
            package=package,
            requires=["mail"],
            declares=[HelloMail],
        )
        return Templates([mail, module])

    return templates


def test_what_is_missing_or_wrong_stops_the_start(make: Make) -> None:
    with pytest.raises(CompositionError, match=r"there is no templates/hello\.mjml"):
        make()


@pytest.mark.parametrize(
    ("text", "mjml", "words"),
    [
        ("Hello", BODY, "must begin with `Subject: …`"),
        ("Subject: \n\nHello", BODY, "must begin with `Subject: …`"),
        ("Subject: Hi {{ nmae }}\n\nHello", BODY, "uses 'nmae', which HelloMail does not have; it has: name"),
        ("Subject: Hi\n\nHello {{ nmae }}", BODY, "uses 'nmae'"),
        ("Subject: Hi\n\nHello", BODY.format("{{ nmae }}"), "uses 'nmae'"),
        ("Subject: Hi\n\nHello", BODY.format("{% if %}"), "Expected an expression"),
    ],
)
def test_a_template_that_cannot_work_stops_the_start(make: Make, text: str, mjml: str, words: str) -> None:
    with pytest.raises(CompositionError, match=words):
        make(hello_txt=text, hello_mjml=mjml).check()


def _rendered(templates: Templates, mjml: str, name: str = "Ada") -> str:
    kind = templates.named("greetings.hello")
    source = Source(kind.source.subject, kind.source.text, mjml)
    return templates.render(HelloMail(name=name), source).html


def test_html_is_escaped_and_text_is_not(make: Make) -> None:
    templates = make(hello_txt="Subject: Hi {{ name }}\n\n<{{ name }}>", hello_mjml=BODY.format("{{ name }}"))
    template = templates.of(HelloMail())
    evil = '<script>alert(1)</script><mj-raw><img src=x></mj-raw>"&'
    rendered = templates.render(HelloMail(name=evil), template.source)
    assert (rendered.subject, rendered.text) == (f"Hi {evil}", f"<{evil}>\n")
    assert "<script>" not in rendered.html
    assert "<img" not in rendered.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in rendered.html


def test_an_attribute_cannot_be_left(make: Make) -> None:
    templates = make(hello_txt="Subject: Hi\n\nHi", hello_mjml=BODY.format("{{ name }}"))
    html = _rendered(
        templates,
        '<mjml><mj-body><mj-section><mj-column><mj-button href="{{ name }}">Go</mj-button></mj-column>'
        "</mj-section></mj-body></mjml>",
        'https://x/" onclick="alert(1)',
    )
    assert 'onclick="alert' not in html
    assert "&#34; onclick=&#34;alert(1)" in html


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ name.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ ''.format.__self__.__class__ }}",
        "{% set x = [] %}{{ x.append(1) }}",
    ],
)
def test_the_sandbox_lets_nobody_out(make: Make, attack: str) -> None:
    templates = make(hello_txt="Subject: Hi\n\nHi", hello_mjml=BODY)
    with pytest.raises(Misworded):
        _rendered(templates, BODY.replace("{}", attack))


@pytest.mark.parametrize(
    "attack",
    [
        '{% include "/etc/passwd" %}',
        '{% include "../../secret.txt" %}',
        '{% extends "greetings/hello.txt" %}',
    ],
)
def test_nothing_but_the_modules_own_mjml_is_included(make: Make, attack: str) -> None:
    templates = make(hello_txt="Subject: Hi\n\nHi", hello_mjml=BODY)
    with pytest.raises(Misworded):
        _rendered(templates, attack)


def test_mjml_includes_no_file() -> None:
    with pytest.raises(ValueError, match="no MJML"):
        html_of('<mjml><mj-body><mj-include path="/etc/hostname" /></mj-body></mjml>')


def test_broken_mjml_says_so() -> None:
    with pytest.raises(ValueError, match="this is no MJML"):
        html_of("<mjml><mj-body>")


def test_no_mail_fetches_fonts() -> None:
    template = Templates([mail, shop]).of(ReceiptMail.sample())
    html = Templates([mail, shop]).render(ReceiptMail.sample(), template.source).html
    assert "googleapis" not in html


def test_names() -> None:
    assert [template.name for template in Templates([mail, shop]).all()] == [
        "mail.test",
        "shop.news",
        "shop.receipt",
    ]
