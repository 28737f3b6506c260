"""Package description; dependencies live in requirements/."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
# Every other file in requirements/ is an extra of its name.
EXTRAS = sorted({path.stem for path in ROOT.glob("requirements/*.txt")} - {"runtime"})


class BuildWithConfigs(build_py):
    """Puts the configs into a wheel, where OpenMMLab's MIM and ``list_models`` look for them."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "mmrsicc" / ".mim" / "configs"
            shutil.copytree(ROOT / "configs", target, dirs_exist_ok=True)


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
    # The models that come with it, and a pair to try them on.
    package_data={"mmrsicc.shipped": ["*.pth"], "mmrsicc.demo": ["pair/*.png"]},
    python_requires=">=3.10",
    install_requires=requirements("runtime"),
    extras_require={name: requirements(name) for name in EXTRAS},
    entry_points={"console_scripts": ["mmrsicc = mmrsicc.cli.main:main"]},
    cmdclass={"build_py": BuildWithConfigs},
)
