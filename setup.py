"""Package description; dependencies live in requirements/."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
# Every other file in requirements/ is an extra of its name.
EXTRAS = sorted({path.stem for path in ROOT.glob("requirements/*.txt")} - {"runtime"})


class BuildWithConfigs(build_py):
    """Puts configs and tools into a wheel, where OpenMMLab's MIM and our commands look for them."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "mmrsicc" / ".mim"
            unwanted = shutil.ignore_patterns("__pycache__")
            for name in ("configs", "tools"):
                shutil.copytree(ROOT / name, target / name, ignore=unwanted, dirs_exist_ok=True)
            shutil.copy(ROOT / "model-index.yml", target)


def requirements(name: str) -> list[str]:
    """Lines of requirements/NAME.txt that name a package, with those of the files that it names."""
    found: list[str] = []
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("-r "):
            found += requirements(Path(line.removeprefix("-r ")).stem)
        elif not line.startswith("#"):
            found.append(line)
    return list(dict.fromkeys(found))


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
    author="The mmrsicc contributors",
    license="Apache-2.0",
    license_files=["LICENSE"],
    keywords=[
        "remote sensing",
        "change captioning",
        "change detection",
        "image captioning",
        "OpenMMLab",
    ],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: GIS",
        "Topic :: Scientific/Engineering :: Image Processing",
        "Typing :: Typed",
    ],
    packages=find_packages(include=["mmrsicc", "mmrsicc.*"]),
    # The types; the models that come with it, and a pair to try them on.
    package_data={
        "mmrsicc": ["py.typed"],
        "mmrsicc.shipped": ["*.pth"],
        "mmrsicc.demo": ["pair/*.png"],
        "mmrsicc.pages": ["templates/*"],
    },
    python_requires=">=3.10",
    install_requires=requirements("runtime"),
    extras_require={name: requirements(name) for name in EXTRAS},
    entry_points={"console_scripts": ["mmrsicc = mmrsicc.cli.main:main"]},
    cmdclass={"build_py": BuildWithConfigs},
)
