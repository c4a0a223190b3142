# For benchmarks to source, from the project's folder: `. scripts/bench/prepare.sh FOLDER PROGRAM PACKAGE` installs what
# formwork is measured against into FOLDER, where PROGRAM tells that it is there, and sets `formwork` to the binary that is
# measured: FORMWORK, or else target/release/formwork, which is built.
# shellcheck shell=bash
environment=$1
if [ ! -x "$environment/bin/$2" ]; then
  echo "installing ${3%%[=[]*} into $environment" >&2
  rm -rf "$environment"
  bash scripts/python-environment.sh "$environment" "$3"
fi

formwork=${FORMWORK:-}
if [ -z "$formwork" ]; then
  cargo build --release --locked --quiet
  formwork=target/release/formwork
fi
formwork=$(realpath "$formwork")
export PYTHONDONTWRITEBYTECODE=1
