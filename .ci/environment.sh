# Sourced by quickstart, runtests and .ci/run from the top of the repository:
# one Python environment in .venv, made once, remade when it is broken or was moved.

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    shift
    for line; do printf '  %s\n' "$line" >&2; done
    exit 2
}

# Sets $python to the first Python 3.11+ that can make environments, or, where
# none can, to the first one at all; $too_old lists what was seen and refused.
find_python() {
    python='' can_make_venv=no too_old=''
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        if ! "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            # A version manager's shim can stand for a Python that is not there.
            seen=$("$candidate" --version 2>&1) && too_old="$too_old $candidate ($seen)"
            continue
        fi
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            python=$candidate can_make_venv=yes
            return
        fi
        [ -n "$python" ] || python=$candidate
    done
}

# Debian ships Python without ensurepip; the package that adds it needs root.
add_venv_module() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "This Python has no venv module: installing Debian's python$version-venv ..."
    apt-get update -q >/dev/null 2>&1 || true
    for package in "python$version-venv" python3-venv; do
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
            "$package" >/dev/null 2>&1 || continue
        "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    done
    return 1
}

make_venv_with_virtualenv() {
    "$python" -m pip --version >/dev/null 2>&1 || return 1
    say "This Python has no venv module: using virtualenv instead ..."
    bootstrap=$(mktemp -d)
    # --target is allowed even where the distribution manages Python's packages.
    "$python" -m pip install -qq --disable-pip-version-check --target "$bootstrap" \
        virtualenv && PYTHONPATH="$bootstrap" "$python" -m virtualenv --quiet .venv
    made=$?
    rm -rf "$bootstrap"
    return $made
}

make_venv() {
    if [ -x .venv/bin/python ] \
        && .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
        && { [ ! -f .venv/.lockmap-made ] || [ "$(cat .venv/.lockmap-made)" = "$(pwd)" ]; }; then
        return
    fi
    if [ -e .venv ]; then
        # Only what these scripts made is theirs to remove.
        [ -f .venv/.lockmap-made ] || die ".venv is there but is no working Python 3.11+ environment" \
            "move it away and run this again"
        rm -rf .venv
    fi
    find_python
    [ -n "$python" ] || die "lockmap needs Python 3.11 or newer and found none" \
        "looked for: python3.13 python3.12 python3.11 python3${too_old:+; too old:$too_old}" \
        "install one (Debian: apt-get install python3), or name it: PYTHON=/path/to/python $0"
    say "Making .venv with $("$python" --version 2>&1) ..."
    mkdir .venv
    pwd >.venv/.lockmap-made
    if [ $can_make_venv = yes ] || add_venv_module; then
        "$python" -m venv .venv || die "$python -m venv .venv failed (see above)"
    else
        make_venv_with_virtualenv || die "$python cannot make an environment: no venv, no virtualenv" \
            "install one of them (Debian: apt-get install python3-venv) and run this again"
    fi
}

# install_lockmap run|dev: nothing to do while pyproject.toml is the one installed.
install_lockmap() {
    make_venv
    wanted="$(pwd) $(cksum <pyproject.toml)"
    for done in dev "$1"; do
        [ "$(cat ".venv/.lockmap-$done" 2>/dev/null)" != "$wanted" ] || return 0
    done
    say "Installing lockmap and its libraries into .venv (once; about a minute) ..."
    case $1 in dev) what='.[dev]' ;; *) what='.' ;; esac
    .venv/bin/python -m pip install -qq --disable-pip-version-check -e "$what" \
        || die "pip could not install lockmap into .venv (see above)" \
            "this step needs the network, or a local package index that pip knows of, once"
    say "$wanted" >".venv/.lockmap-$1"
}
