"""Server of the demo page, on this machine alone unless another address is given."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmrsicc.apis import ChangeCaptionInferencer, band_loading
from mmrsicc.apis.model_facts import ModelFacts
from mmrsicc.demo.uploads import Limits

#: What a browser may load for the page: nothing from another machine.
_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'self'"
)

_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]


class PolicyMiddleware:
    """ASGI middleware that tells browsers what the page may load."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: _Message, receive: Any, send: _Send) -> None:
        """Adds the header to every answer."""

        async def send_with_policy(message: _Message) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _POLICY.encode())
                message["headers"] = [*message.get("headers", []), policy]
            await send(message)

        await self._app(scope, receive, send_with_policy)


def serve(
    captioner: ChangeCaptionInferencer,
    facts: ModelFacts,
    limits: Limits,
    n_best: int = 1,
    host: str = "127.0.0.1",
    port: int = 7860,
) -> None:
    """Serves the page until it is interrupted, and prints its address once it is there.

    Args:
        captioner: The model.
        facts: What it is.
        limits: For uploads.
        n_best: Sentences per pair, at most what the captioner's decoding gives.
        host: Address to listen on.
        port: Port to listen on.

    Raises:
        ModuleNotFoundError: Gradio is missing.
        OSError: The port is taken.
    """
    with _private_folder() as folder:
        import gradio
        from starlette.middleware import Middleware

        from mmrsicc.demo.answers import Answers
        from mmrsicc.demo.examples import draw_examples
        from mmrsicc.demo.page import build_page
        from mmrsicc.pages import style

        # Examples are RGB.
        examples = draw_examples() if band_loading(captioner.model) is None else []
        page = build_page(Answers(captioner, facts, limits, examples, folder, n_best))
        # System fonts, which need no download.
        fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
        _, url, _ = page.launch(
            server_name=host,
            server_port=port,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            footer_links=[],
            max_file_size=int(limits.megabytes * 1e6),
            app_kwargs={"middleware": [Middleware(PolicyMiddleware)]},
            ssr_mode=False,
            theme=gradio.themes.Default(font=fonts, font_mono=["ui-monospace", "monospace"]),
            css=style(),
        )
        print(f"{facts.name} runs at {url} until it is stopped (Ctrl+C)", flush=True)
        page.block_thread()


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder for uploads and maps that goes with the server; Gradio reads it when imported."""
    # Otherwise a service manager, or a terminal that is closed, would leave the folder behind.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP, and nohup ignores it.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="mmrsicc-demo-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(Path(folder, "uploads"))
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        yield Path(folder)
