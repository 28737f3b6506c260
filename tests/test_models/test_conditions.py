"""What a speaker is told beside the features: the change flag, a prompt, a mask."""

import pytest
import torch
import torch.nn.functional as F
from test_models.parts import captioner, raw_pairs, said, sample
from test_models.transfer_parts import CONFIG, WORDS
from torch import nn

from mmrsicc.models.captioners.speaker import Speaker
from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import FlagHead
from mmrsicc.structures import Conditions, DifferenceFeatures

PAIRS = raw_pairs(size=32)
HEAD = CONFIG["head"]
TELLING = {
    **CONFIG,
    "head": {**HEAD, "flag_condition": True},
    "flag_head": {"type": "FlagHead", "loss_weight": 0.5},
}


def make_speaker(**options):
    torch.manual_seed(0)
    config = {"head": {**HEAD, **options.pop("head", {})}, "tokenizer": CONFIG["tokenizer"]}
    speaker = Speaker(in_channels=32, **config, **options).eval()
    # Sentences that depend on their pair and on what was said.
    nn.init.normal_(speaker.head.classifier.weight, std=0.3)
    nn.init.normal_(speaker.head.layers[0].memory_attention.output.weight, std=2.0)
    return speaker


def told(model):
    """Grows with the change flags that the model's head is told."""
    seen, start = [], model.speaker.head.start
    model.speaker.head.start = lambda f, c=None: seen.append(c.flag.tolist()) or start(f, c)
    return seen


def decide(model, changed):
    """A flag head that calls every pair changed, or none."""
    nn.init.zeros_(model.flag_head.classify.weight)
    nn.init.constant_(model.flag_head.classify.bias, 3.0 if changed else -3.0)


def test_the_flag_head_by_hand(difference):
    head, flags = FlagHead(32, loss_weight=0.5), torch.tensor([1, 0, 1, 1, 0])
    with torch.no_grad():
        logits = difference.pooled @ head.classify.weight[0] + head.classify.bias
    torch.testing.assert_close(head(difference), logits)
    found = head.loss(difference, flags)
    chances = logits.sigmoid()
    expected = -torch.where(flags == 1, chances, 1 - chances).log().mean()
    torch.testing.assert_close(found["loss_flag"], 0.5 * expected)
    right = ((chances > 0.5).long() == flags).float().mean()
    torch.testing.assert_close(found["flag_accuracy"], 100 * right)


def test_flags_of_its_own_are_told_where_a_hook_ended_the_teaching():
    model = captioner(**TELLING)
    decide(model, changed=True)
    seen, model.teaches_flags = told(model), False
    samples = [sample("a house", change_flag=0), sample("a road", change_flag=1)]
    losses = model(PAIRS, samples, mode="loss")
    assert seen == [[1.0, 1.0]] and losses["flag_accuracy"] == 50  # Against the true ones.


def test_the_true_flag_is_told_in_training_and_the_predicted_one_in_a_test():
    model = captioner(**TELLING)
    seen = told(model)
    decide(model, changed=True)
    samples = [sample("a house", change_flag=0), sample("a road", change_flag=1)]
    losses = model.train()(PAIRS, samples, mode="loss")
    assert losses["loss_flag"] > 0 and losses["flag_accuracy"] == 50
    sum(value for name, value in losses.items() if "loss" in name).backward()
    assert model.speaker.head.flag.weight.grad.flatten(1).any(1).all()
    assert model.flag_head.classify.weight.grad.any()
    predicted = model.eval()(PAIRS, samples, mode="predict")
    assert seen == [[0, 1], [1, 1]]
    assert [s.pred_flag for s in predicted] == pytest.approx([0.952574] * 2)
    decide(model, changed=False)
    model(PAIRS, samples, mode="predict")
    assert seen[2] == [0, 0]


@torch.no_grad()
def test_a_flag_is_one_more_token_of_the_memory():
    head = make_speaker(head={"flag_condition": True}).head
    features, ids = captioner(**CONFIG).eval()(PAIRS), torch.tensor([[2, 4, 5], [2, 6, 7]])
    flags = torch.tensor([1.0, 0.0])
    found = head(features, ids.unsqueeze(1), Conditions(flag=flags)).squeeze(1)
    token = head.flag.weight[[1, 0]].unsqueeze(1)
    head.flag = None
    longer = DifferenceFeatures(torch.cat([features.tokens, token], dim=1), features.pooled)
    torch.testing.assert_close(found, said(head, longer, ids))
    assert not torch.allclose(found, said(head, features, ids))


def test_flags_that_are_missing_are_named_with_the_fix():
    model = captioner(**TELLING)
    samples = [sample("a house", change_flag=1), sample("a road", pair_id="train_7")]
    with pytest.raises(
        ValueError, match=r"'train_7' has no change flag.*add changeflag.*flag_head"
    ):
        model(PAIRS, samples, mode="loss")
    speaker = make_speaker(head={"flag_condition": True})
    with pytest.raises(ValueError, match=r"gets no change flag: set flag_head="):
        speaker.generate(captioner(**CONFIG).eval()(PAIRS))
    # Told before a training, whose true flags would do until the first validation.
    with pytest.raises(ValueError, match=r"a test knows no change flag: set flag_head="):
        captioner(**{**TELLING, "flag_head": None})


def test_without_a_flag_head_flags_may_be_unknown():
    model = captioner(**CONFIG)
    samples = [sample("a house", change_flag=1), sample("a road")]
    assert model(PAIRS, samples, mode="loss")["loss_caption"] > 0
    assert model.conditions(model(PAIRS), samples, (32, 32), training=True).flag is None
    assert "pred_flag" not in model.eval()(PAIRS, mode="predict")[0]


PROMPT = torch.tensor([[4, 5], [6, 7]])
SENTENCES = [["a house is built", "gone"], ["is gone"]]


def test_a_prompt_stands_before_each_sentence_and_is_not_learned():
    batch = make_speaker().encode(SENTENCES, PROMPT)
    start, end, pad = (WORDS.index(w) for w in ("<start>", "<end>", "<pad>"))
    rows = [
        [start, 4, 5, 4, 5, 7, 8, end],
        [start, 4, 5, 9, end, pad, pad, pad],
        [start, 6, 7, 7, 9, end, pad, pad],
        [pad] * 8,
    ]
    assert batch.ids.flatten(0, 1).tolist() == rows
    counts = [[0, 0] + [1] * n + [0] * (5 - n) for n in (5, 2, 3, 0)]
    assert batch.words.flatten(0, 1).int().tolist() == counts


def test_the_loss_is_that_of_the_words_after_the_prompt():
    speaker, features = make_speaker(), captioner(**CONFIG).eval()(PAIRS)
    found = speaker.loss(features, SENTENCES, Conditions(prompt=PROMPT))["loss_caption"]
    total, count = 0.0, 0
    for row, sentences in enumerate(SENTENCES):
        pair = DifferenceFeatures(features.tokens[[row]], features.pooled[[row]])
        for sentence in sentences:
            start, *words = speaker.tokenizer.encode(sentence)
            ids = torch.tensor([[start, *PROMPT[row].tolist(), *words]])
            logits = said(speaker.head, pair, ids[:, :-1])[0, 2:]
            total += F.cross_entropy(logits, torch.tensor(words), reduction="sum")
            count += len(words)
    torch.testing.assert_close(found, total / count)


@pytest.mark.parametrize("search", [GreedySearch(9), BeamSearch(1, 9)], ids=["greedy", "beam"])
@torch.no_grad()
def test_decoding_goes_on_from_the_prompt(search):
    speaker, features = make_speaker(), captioner(**CONFIG).eval()(PAIRS)
    prompts = torch.cat([PROMPT, PROMPT.flip(1)])
    rows = torch.tensor([0, 1, 0, 1])
    four = DifferenceFeatures(features.tokens[rows], features.pooled[rows])
    found = speaker.generate(four, Conditions(prompt=prompts), search)
    end = speaker.tokenizer.end_id
    for row, (hypothesis,) in enumerate(found):
        ids, words, total = [speaker.tokenizer.start_id, *prompts[row].tolist()], [], 0.0
        pair = DifferenceFeatures(four.tokens[[row]], four.pooled[[row]])
        while len(words) < 9 and words[-1:] != [end]:
            logs = said(speaker.head, pair, torch.tensor([ids + words]))[0, -1].log_softmax(-1)
            words.append(int(logs.argmax()))
            total += float(logs.max())
        assert hypothesis.ids == [w for w in words if w != end]
        assert hypothesis.score == pytest.approx(total / len(words), abs=1e-4)
    unprompted = speaker.generate(four, decoding=search)
    assert [h[0].ids for h in found] != [h[0].ids for h in unprompted]


@torch.no_grad()
def test_scores_are_of_the_words_after_the_prompt():
    speaker, features = make_speaker(), captioner(**CONFIG).eval()(PAIRS)
    told_prompt = Conditions(prompt=PROMPT)
    found = speaker.score(features, ["a house", "gone"], told_prompt)
    for row in range(2):
        pair = DifferenceFeatures(features.tokens[[row]], features.pooled[[row]])
        for column, sentence in enumerate(["a house", "gone"]):
            own = Conditions(prompt=PROMPT[[row]])
            loss = speaker.loss(pair, [[sentence]], own)["loss_caption"]
            count = len(speaker.tokenizer.encode(sentence)) - 1
            torch.testing.assert_close(found[row, column], -loss * count)


@torch.no_grad()
def test_a_mask_weighs_the_tokens_of_losses_searches_and_scores():
    speaker = make_speaker(token_mask={"type": "TokenMask", "alpha": 0.5})
    plain, features = make_speaker(), captioner(**CONFIG).eval()(PAIRS)
    mask = torch.zeros(2, 8, 8, dtype=torch.bool)
    mask[0, :4, 4:] = mask[1, 4:, :2] = True
    shares = torch.tensor([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.0]])
    weighed = features.tokens * (0.5 + 0.5 * shares).unsqueeze(2)
    by_hand, masked = DifferenceFeatures(weighed, features.pooled), Conditions(mask=mask)
    for ours, expected in (
        (speaker.loss(features, SENTENCES, masked), plain.loss(by_hand, SENTENCES)),
        (speaker.score(features, ["a house"], masked), plain.score(by_hand, ["a house"])),
    ):
        torch.testing.assert_close(ours, expected)
    assert speaker.generate(features, masked) == plain.generate(by_hand)
    with pytest.raises(ValueError, match="the model predicts no mask"):
        speaker.generate(features)
