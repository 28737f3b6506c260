"""Open-CD: optional, and imported only where a config names it."""

from importlib import import_module

from mmrsicc.utils.extras import INSTALL


def import_opencd() -> None:
    """Imports Open-CD, whose parts configs can then name as ``opencd.X``.

    MMEngine's registries would do so by themselves, but pass over a failed import, and over the
    reason with it.

    Raises:
        ImportError: If Open-CD or something that it needs is missing, or it refuses the versions of
            what is installed.
    """
    advice = "docs/en/user_guides/opencd.md says with what it works"
    try:
        import_module("opencd.models")
    except ModuleNotFoundError as error:
        if error.name == "opencd":
            install = INSTALL["opencd"]
            raise ImportError(f"Open-CD is not installed:\n    {install}\n{advice}") from error
        raise ImportError(f"Open-CD cannot be imported: {error}; {advice}") from error
    except (ImportError, AssertionError) as error:
        raise ImportError(f"Open-CD cannot be imported: {error}\n{advice}") from error
