"""No-change sentences of the annotators, by data set.

A sentence belongs here if it denies every change. Lists were read from the published files, except
SECOND-CC's: its sentences are those that its authors' evaluation counts as "no change".
"""

#: The five fixed sentences of LEVIR-CC, in the words of Liu et al., "Remote Sensing Image Change
#: Captioning With Dual-Branch Transformers", IEEE TGRS 2022. WHU-CDC and SynthCC use the same five.
NO_CHANGE_SENTENCES = frozenset(
    {
        "the scene is the same as before",
        "there is no difference",
        "the two scenes seem identical",
        "no change has occurred",
        "almost nothing has changed",
    }
)

#: No-change sentences by data set, in lower case and without a full stop.
NO_CHANGE_BY_DATASET: dict[str, frozenset[str]] = {
    "LEVIR-CC": NO_CHANGE_SENTENCES,
    # Free text: every sentence of the three files that denies all change. The slip "no changed to
    # mention" counts too: it stands beside four others of this list. Sentences that only name
    # differences ("different buildings appear in the desert") do not.
    "Dubai-CC": frozenset(
        {
            "all is the same",
            "all is the same in this area",
            "all remained the same",
            "all remained the same in this area",
            "everything remains the same",
            "no change in this area",
            "no change occurred",
            "no change occurred in the area",
            "no change occurred in this area",
            "no change to mention",
            "no change was made",
            "no change was made in the area",
            "no change was made in this area",
            "no changed to mention",
            "no changes in the area",
            "no changes in this area",
            "no changes to mention",
            "no changes to mention in the area",
            "no difference in the area",
            "no difference in this area",
            "nothing changed in this area",
            "nothing has changed",
            "nothing has changed in the area",
            "nothing has changed in this area",
            "the area appears the same",
            "there is no change",
            "there is no change to mention",
            "there is no change to mention in the area",
            "there is no change to mention in this area",
            "there is no difference",
            "there is no difference in the area",
            "there is no difference in this area",
        }
    ),
    "SECOND-CC": frozenset(
        {
            "the scene is the same as before",
            "there is no difference",
            "the two scenes seem identical",
            "no change is occurred",
            "almost nothing is changed",
        }
    ),
}

#: The sentences of all data sets.
EVERY_NO_CHANGE_SENTENCE = frozenset().union(*NO_CHANGE_BY_DATASET.values())


def is_no_change(sentence: str) -> bool:
    """Whether a sentence says, in the words of any data set, that nothing changed.

    White space, case and a final full stop do not matter.
    """
    return " ".join(sentence.lower().strip(" .\t\n").split()) in EVERY_NO_CHANGE_SENTENCE
