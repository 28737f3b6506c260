# Sourced by the scripts that set themselves up: activates a virtual environment with the package.
#     source tools/setup_env.sh [EXTRA]
# An active environment is used as it is; else .venv in the repository root is made and reused.
# PYTHON names the interpreter, 3.10 to 3.13.
extra=${1:-}

if [ -z "${VIRTUAL_ENV:-}" ]; then
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || {
        echo "mmrsicc needs Python 3.10 to 3.13, and $python is $("$python" --version):" \
            "set PYTHON to another interpreter" >&2
        return 1
    }
    # Says that these scripts made it, and where: only then may they remove it.
    made=.venv/.mmrsicc-made
    if [ -e .venv ] && [ ! -e "$made" ]; then
        .venv/bin/python -m pip --version >/dev/null 2>&1 || {
            echo ".venv has no pip or does not run: remove it, or activate another environment" >&2
            return 1
        }
    elif [ "$(cat "$made" 2>/dev/null)" != "$PWD" ] ||
        ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        # Debian keeps the venv module in a package of its own; virtualenv does without it.
        rm -rf .venv && mkdir .venv && echo "$PWD" >"$made"
        "$python" -m venv .venv 2>/dev/null || {
            rm -rf .venv && mkdir .venv && echo "$PWD" >"$made"
            "$python" -m pip install --quiet --target .cache/virtualenv virtualenv
            PYTHONPATH=.cache/virtualenv "$python" -m virtualenv --quiet .venv
        }
    fi
    # shellcheck disable=SC1091
    source .venv/bin/activate
    # The activation of an environment that was moved leads to where it was.
    [ "$VIRTUAL_ENV" -ef .venv ] || {
        echo ".venv was made in another folder: remove it, or activate another environment" >&2
        return 1
    }
fi

# Once is enough, until the requirements change: another time needs no network.
installed=$VIRTUAL_ENV/.mmrsicc-${extra:-runtime}
if [ "$(cat "$installed" 2>/dev/null)" != "$PWD" ] ||
    [ -n "$(find setup.py requirements -newer "$installed")" ]; then
    python -m pip install --quiet --upgrade pip
    python -m pip install --quiet --editable ".${extra:+[$extra]}"
    echo "$PWD" >"$installed"
fi

# OpenCV's usual build needs libGL or libxcb, which servers often lack. The headless build
# is laid over it, so that pip still finds the package that others ask for.
python -c 'import cv2' 2>/dev/null || {
    python -m pip install --quiet --force-reinstall --no-deps opencv-python-headless
    python -c 'import cv2'
}
