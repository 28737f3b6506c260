"""Numbers of things in messages and pages."""


def counted(number: int, noun: str) -> str:
    """A number and what it counts: "1 tile", "2 tiles".

    Args:
        number: How many there are.
        noun: What they are, in the singular; its plural ends in s.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
