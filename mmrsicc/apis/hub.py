"""Models on the Hugging Face Hub: download by ``ORG/MODEL``, upload with a model card."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from mmrsicc.apis.model_facts import model_facts
from mmrsicc.utils.files import atomic_path
from mmrsicc.utils.hub_files import CONFIG, WEIGHTS, write_model

if TYPE_CHECKING:
    from mmrsicc.apis.inferencer import ChangeCaptionInferencer

#: Owner and repository in the Hub's characters, with an optional branch, tag or commit.
_NAME = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\w[\w./-]*))?")

#: File suffixes; a name with one of these is a file, not a repository.
_FILES = (".py", ".pth", ".pt", ".safetensors")


def is_hub_name(name: str | Path) -> bool:
    """Whether a name reads ``ORG/MODEL`` or ``ORG/MODEL@REVISION``, and no such file is there."""
    text = str(name)
    return (
        _NAME.fullmatch(text) is not None and not text.endswith(_FILES) and not Path(text).exists()
    )


def download(name: str) -> Path:
    """Downloads a model's weights and config, nothing else; those in the cache are kept.

    Args:
        name: ``ORG/MODEL`` or ``ORG/MODEL@REVISION``.

    Returns:
        The file of the weights in the Hub's cache, its config beside it.

    Raises:
        OSError: There is no such repository, or the Hub cannot be reached.
        ValueError: The name is none, or the repository holds no model of this toolbox.
    """
    from huggingface_hub import snapshot_download

    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(
            f"{name!r:.80} is no name on the Hub: give ORG/MODEL or ORG/MODEL@REVISION"
        )
    try:
        folder = snapshot_download(
            match["repo"], revision=match["revision"], allow_patterns=[CONFIG, WEIGHTS]
        )
    except Exception as error:  # Network and Hub errors have many types.
        raise OSError(
            f"cannot get {name} from the Hugging Face Hub ({_reason(error)}): check name and "
            f"network, or give the file {WEIGHTS} of a copy"
        ) from error
    for file in (WEIGHTS, CONFIG):
        if not Path(folder, file).is_file():
            raise ValueError(f"{name} on the Hugging Face Hub has no {file}: give another model")
    return Path(folder, WEIGHTS)


def _reason(error: Exception) -> str:
    """The first sentence of an error of the Hub; the others repeat it or advise its developers."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return shorten(line.partition(". ")[0], 200, placeholder=" ...")


def save_pretrained(
    captioner: ChangeCaptionInferencer,
    folder: str | Path,
    name: str = "ORG/MODEL",
    license: str | None = None,
) -> Path:
    """Writes a captioner's weights in half precision, its config and a model card.

    Args:
        captioner: The model.
        folder: Made if it is not there.
        name: What the card calls the model.
        license: Identifier of the Hub, such as ``apache-2.0``; None leaves it out of the card.

    Returns:
        The file of the weights, which is given like a checkpoint.

    Raises:
        ValueError: The model has no vocabulary of its own.
    """
    from mmrsicc.apis.publishing import published_checkpoint

    weights = write_model(published_checkpoint(captioner), folder)
    with atomic_path(Path(folder) / "README.md") as path:
        path.write_text(model_card(captioner, name, license), encoding="utf-8")
    return weights


def push_to_hub(
    captioner: ChangeCaptionInferencer,
    name: str,
    private: bool = False,
    license: str | None = None,
    token: str | None = None,
) -> str:
    """Uploads what :func:`save_pretrained` writes, in one commit.

    Args:
        captioner: The model.
        name: ``ORG/MODEL``; the repository is made if it is not there.
        private: Make it private.
        license: As for :func:`save_pretrained`.
        token: Of the Hub; None for that of ``hf auth login`` or ``HF_TOKEN``.

    Returns:
        Address of the commit.

    Raises:
        OSError: The Hub refuses, or cannot be reached.
        ValueError: The name is none.
    """
    from huggingface_hub import HfApi

    check_repository(name)
    with tempfile.TemporaryDirectory() as folder:
        save_pretrained(captioner, folder, name, license)
        try:
            api = HfApi(token=token)
            api.create_repo(name, private=private, exist_ok=True)
            done = api.upload_folder(
                repo_id=name,
                folder_path=folder,
                commit_message=f"Model of {captioner.checkpoint.stem}",
            )
        except Exception as error:  # Network and Hub errors have many types.
            raise OSError(
                f"cannot upload {name} ({_reason(error)}): check name and network, and log in with "
                "`hf auth login`"
            ) from error
    return str(done.commit_url)


def check_repository(name: str) -> None:
    """Refuses a name to which nothing can be uploaded.

    Raises:
        ValueError: The name is not ``ORG/MODEL``.
    """
    if not _NAME.fullmatch(name) or "@" in name:
        raise ValueError(f"{name!r:.80} is no repository: give ORG/MODEL")


def model_card(captioner: ChangeCaptionInferencer, name: str, license: str | None = None) -> str:
    """Model card: what the Hub reads, how the model is used, and what it was trained on."""
    facts = model_facts(captioner.checkpoint)
    front = [
        *([f"license: {license}"] if license else []),
        "library_name: mmrsicc",
        "pipeline_tag: image-to-text",
        "tags: [remote-sensing, change-captioning, change-detection]",
    ]
    front_matter = "\n".join(front)
    gsd = f"\n\nGround sampling distance of its training images: {facts.gsd}." if facts.gsd else ""
    return f"""---
{front_matter}
---

# {name}

Remote sensing image change captioning: two co-registered images of one place at two times in, a
sentence about what changed out. A model of the toolbox mmrsicc.

```shell
mmrsicc caption {name} before.png after.png
```

```python
from mmrsicc.apis import ChangeCaptionInferencer

captioner = ChangeCaptionInferencer.from_pretrained("{name}")
(result,) = captioner(("before.png", "after.png"))
print(result.caption)
```

{facts.training} {facts.remark}{gsd}
"""
