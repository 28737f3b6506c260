from test_cli.conftest import ROOT, refused, succeed


def test_a_published_config_needs_no_data_with_a_made_up_vocabulary():
    config = ROOT / "configs/dfm/dfm_levircc.py"
    options = ("--vocabulary", 468, "--cfg-options", "model.encoder.change_detector=None")
    done = succeed("flops", config, *options)
    parts = {
        words[1]: words[3::2] for line in done.stdout.splitlines() if len(words := line.split()) > 5
    }
    # MiT-b1 by hand, in millions of MACs of one image: patches, projections, attention and
    # feed-forward of its four stages.
    macs = 2 * (494 + 492 + 724 + 507)
    assert abs(float(parts["backbone"][3]) - macs / 1000) < 0.01
    assert float(parts["backbone"][2]) == round(2 * float(parts["backbone"][3]), 3)
    assert "change_detector" not in parts
    total = sum(float(parts[name][0]) for name in ("backbone", "neck", "head"))
    assert abs(float(parts["all"][0]) - total) < 0.002
    assert "vocabulary of 468" in done.stdout and "1 MAC = 2 FLOPs" in done.stdout


def test_a_missing_data_set_is_told_with_the_way_round_it(tmp_path):
    option = f"model.speaker.tokenizer.ann_file={tmp_path / 'none.json'}"
    said = refused("flops", ROOT / "configs/dfm/dfm_levircc.py", "--cfg-options", option)
    assert "--vocabulary" in said


def test_images_have_the_size_of_the_config_unless_another_is_given():
    config = ROOT / "configs/dfm/dfm_synthcc-tiny.py"
    options = ("--vocabulary", 99, "--cfg-options", "model.encoder.change_detector=None")
    assert "128 x 128 pixels" in succeed("flops", config, *options).stdout
    assert "64 x 96 pixels" in succeed("flops", config, "--shape", 64, 96, *options).stdout
