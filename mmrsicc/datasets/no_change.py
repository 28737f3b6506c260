"""The sentences by which annotators say that nothing changed."""

#: The five fixed sentences of LEVIR-CC, in the words of Liu et al., "Remote Sensing Image Change
#: Captioning With Dual-Branch Transformers", IEEE TGRS 2022.
NO_CHANGE_SENTENCES = frozenset(
    {
        "the scene is the same as before",
        "there is no difference",
        "the two scenes seem identical",
        "no change has occurred",
        "almost nothing has changed",
    }
)


def is_no_change(sentence: str) -> bool:
    """Whether a sentence says that nothing changed.

    White space, case and a final full stop do not matter.
    """
    return " ".join(sentence.lower().strip(" .\t\n").split()) in NO_CHANGE_SENTENCES
