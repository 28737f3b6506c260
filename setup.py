"""Package description; dependencies live in requirements/."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def requirements(name: str) -> list[str]:
    """Lines of requirements/NAME.txt that name a package."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def version() -> str:
    scope: dict[str, str] = {}
    exec((ROOT / "mmrsicc" / "version.py").read_text(encoding="utf-8"), scope)
    return scope["__version__"]


setup(
    name="mmrsicc",
    version=version(),
    description="Toolbox for remote sensing image change captioning",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    packages=find_packages(include=["mmrsicc", "mmrsicc.*"]),
    python_requires=">=3.10",
    install_requires=requirements("runtime"),
    extras_require={name: requirements(name) for name in ("mmdet", "geo", "demo", "dev")},
)
