"""Which model the settings choose, and that choosing one asks nobody on the network."""

import os
import subprocess
import sys

import pytest
from pydantic import SecretStr

from chatkit_forge.options import Provider
from tests.provider.script import Say
from tests.provider.stand_in import StandIn

from .provider_talk import Talk, folder_of

# All clients pass here: first they look a name up, then they connect.
_COUNTING = """
import socket
asked = []
def refuse(*address, **options):
    asked.append(address)
    raise OSError("no network in this test")
socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse
from app.assistant.agent import build_agent
from app.assistant.demo_model import DemoModel
assert isinstance(build_agent().model, DemoModel)
print(asked)
"""


@pytest.mark.parametrize("provider", ["openai", "litellm"])
def test_a_first_look_asks_nobody(provider: Provider) -> None:
    """Left alone, LiteLLM fetches a price list as soon as it is imported."""
    keys = ("OPENAI_API_KEY", "LITELLM_API_KEY", "LITELLM_LOCAL_MODEL_COST_MAP")
    finished = subprocess.run(
        [sys.executable, "-c", _COUNTING],
        cwd=folder_of(provider),
        env={name: value for name, value in os.environ.items() if name not in keys},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.stdout, finished.returncode) == ("[]\n", 0), finished.stderr


@pytest.mark.parametrize("talk", ["litellm"], indirect=True)
@pytest.mark.parametrize(
    ("model", "key", "demo"),
    [
        ("anthropic/claude-sonnet-4-5", None, True),
        ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY", False),
        ("openai/gpt-4.1-mini", None, True),
        ("bedrock/anthropic.claude", None, False),
        ("ollama/llama3", None, False),
    ],
)
def test_litellm_finds_the_key_of_each_provider(
    talk: Talk, model: str, key: str | None, demo: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in the environment is enough; local models and a cloud's own machines need none."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    if key is not None:
        monkeypatch.setenv(key, "sk-test")
    for name in ("openai_api_key", "openai_base_url"):
        monkeypatch.setattr(talk.settings, name, None)
    monkeypatch.setattr(talk.settings, "model", model)
    chosen = talk.part("assistant.model").make_model()
    assert isinstance(chosen, talk.part("assistant.demo_model").DemoModel) is demo


@pytest.mark.parametrize("talk", ["litellm"], indirect=True)
def test_a_key_of_openai_goes_to_no_other_provider(
    talk: Talk, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each provider gets its own key, and LiteLLM's own setting comes first."""
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    monkeypatch.setattr(talk.settings, "model", "mistral/mistral-small-latest")
    demo = talk.part("assistant.demo_model").DemoModel
    assert isinstance(talk.part("assistant.model").make_model(), demo)
    stand_in.will(Say("Hello."))
    talk.restart(
        model="openai/anything",
        litellm_api_key=SecretStr("sk-lite"),
        litellm_api_base=stand_in.base_url,
        openai_base_url="http://127.0.0.1:9/v1",
    )
    talk.say("Good morning.")
    (request,) = stand_in.requests
    assert request.headers["authorization"] == "Bearer sk-lite"


def test_titles_are_asked_of_their_own_model(talk: Talk) -> None:
    """The title's model may be a cheaper one, by the same key and address."""
    assert talk.part("assistant.model").make_title_model() is None
    name = "openai/tiny" if talk.api == "litellm" else "tiny"
    talk.restart(title_model=name)
    talk.stand_in.otherwise = (Say("Greetings"),)
    talk.say("Good morning.")
    talk.run(talk.server.aclose())
    models = {str(request.body["model"]) for request in talk.stand_in.requests}
    assert models == {talk.settings.model.removeprefix("openai/"), "tiny"}


def test_conversations_are_not_traced_unless_asked(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traces carry messages to OpenAI, whoever answers."""
    said: list[bool] = []
    monkeypatch.setattr(talk.part("assistant.agent"), "set_tracing_disabled", said.append)
    talk.restart()
    talk.restart(openai_tracing=True)
    assert said == [True, False]
