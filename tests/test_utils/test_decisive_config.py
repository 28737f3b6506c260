"""What of a config affects scores."""

from mmengine import Config
from test_cli.conftest import ROOT

from mmrsicc.utils.decisive_config import decisive, own_hooks
from mmrsicc.utils.plain_config import plain_config


def test_the_hooks_of_every_run_affect_no_scores():
    assert own_hooks(Config.fromfile(ROOT / "configs" / "_base_" / "default_runtime.py")) == []


def test_a_config_that_was_written_and_read_again_is_the_same():
    """Its keys are sorted then."""
    hooks = {"swap": {"type": "B"}, "average": {"type": "A"}, "timer": {"type": "IterTimerHook"}}
    cfg = Config({"default_hooks": hooks, "train_cfg": {"max_epochs": 2}, "work_dir": "a"})
    again = Config(plain_config(cfg.pretty_text))
    assert decisive(again) == decisive(cfg)
    assert own_hooks(cfg) == [{"type": "A"}, {"type": "B"}]
