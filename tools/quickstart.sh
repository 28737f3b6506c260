#!/usr/bin/env bash
# From nothing to a change captioner on generated pairs, on two CPU cores: bash tools/quickstart.sh
# Run it again after a stop to continue; finished steps are skipped.
# docs/en/get_started/quick_start.md says what it makes.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."

data=data/SynthCC-tiny
detector=siamese_resnet18_quickstart
captioner=dfm_quickstart
work=work_dirs/$captioner
weights=$work/epoch_3.pth
detector_work=work_dirs/$detector
pair=test_000023

# Nothing is downloaded at run time. Warnings of other packages are hidden.
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false PYTHONWARNINGS=ignore

[ $# -eq 0 ] || { echo "tools/quickstart.sh takes no arguments" >&2; exit 2; }
mkdir -p work_dirs
# Creating a folder is atomic, so only one run gets the lock. A killed run leaves it behind.
lock=work_dirs/.quickstart.running
if ! mkdir $lock 2>/dev/null && ! { [ -f $lock/pid ] && ! kill -0 "$(cat $lock/pid)" 2>/dev/null; }; then
    echo "It is running already. If it is not, remove $lock." >&2
    exit 1
fi
trap 'rm -rf $lock' EXIT
echo $$ >$lock/pid

step() { printf '\n%s\n' "$1"; }

# Run a command with its output in a file; progress bars and errors stay in the terminal.
logged() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >>"$log" || {
        echo "Stopped. The log is in $log; run this script again to continue." >&2
        exit 1
    }
}

# Whether a training wrote its last checkpoint to the end: MMEngine notes its name only then.
trained() { grep -qs "$2" "$1/last_checkpoint"; }

step "Setting up (some minutes the first time, downloads packages)"
# shellcheck source=tools/setup_env.sh
source tools/setup_env.sh train

step "1/5 Making 4,000 pairs of SynthCC in $data"
mmrsicc synthcc $data --num-pairs 4000 \
    --workers "$(python -c 'import os; print(os.cpu_count() or 1)')"

step "2/5 Training the change detector on their masks"
trained $detector_work iter_250.pth ||
    logged $detector_work/train.log \
        mmrsicc train configs/change_detection/$detector.py --resume

step "3/5 Training DFM on their sentences"
trained $work epoch_3.pth ||
    logged $work/train.log mmrsicc train configs/dfm/$captioner.py --resume

step "4/5 Scoring it on the test split, and baselines without images"
[ -f $work/test.jsonl ] && [ $work/test.meta.json -nt $weights ] ||
    logged $work/test.log \
        mmrsicc test configs/dfm/$captioner.py $weights --out $work/test.jsonl
mmrsicc eval $work/test.jsonl
mmrsicc baselines $data/LevirCCcaptions.json \
    --out $work/baselines.json

step "5/5 Captioning an unseen pair"
mmrsicc caption configs/dfm/$captioner.py $weights \
    $data/images/test/A/$pair.png $data/images/test/B/$pair.png --picture quickstart.png
printf '\nThe same pair with dfm-small, the model in the package, trained on real images only:\n'
mmrsicc caption $data/images/test/A/$pair.png $data/images/test/B/$pair.png
printf '\nquickstart.png shows both dates, the change mask and the sentence of the trained model.\n'
