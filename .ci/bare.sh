#!/usr/bin/env bash
# Runs the README's two commands as on a bare machine: a minimal Debian made for it, with Node.js and npm and nothing
# else, and in it a fresh clone of what is committed. It has mounts and processes of its own, and this machine's devices
# and network. Ends with 69, and says why, where such a root cannot be made; with 1 where a command fails in it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly UNAVAILABLE=69
readonly MAKE_SECONDS=600 DEMO_SECONDS=900 TEST_SECONDS=4200
readonly FREE_MIB=6000
readonly CLONE=/root/ringsmith

folder='' child=''

# The mounts are in a namespace that is gone by then, so that nothing is removed through one.
clean() {
  if [ -z "$folder" ]; then return; fi
  if grep -qF " $folder" /proc/self/mounts; then
    echo "bare: $folder is left, because something is mounted in it" >&2
  else
    rm -rf --one-file-system "$folder"
  fi
  folder=''
}
trap clean EXIT
trap '[ -z "$child" ] || { kill "$child"; wait "$child"; }; exit 1' INT TERM HUP

cannot() {
  echo "bare: there is no bare machine here: $1" >&2
  exit $UNAVAILABLE
}

# bounded SECONDS COMMAND...: in the background, so that a signal is answered at once and takes the command along.
bounded() {
  local seconds=$1 status=0
  shift
  timeout --kill-after=5 "$seconds" "$@" </dev/null &
  child=$!
  wait "$child" || status=$?
  child=''
  if [ "$status" = 124 ] || [ "$status" = 137 ]; then echo "bare: stopped after $seconds s" >&2; fi
  return "$status"
}

check() {
  local word free
  [ "$(id -u)" = 0 ] || cannot 'that takes root'
  for word in apt-get git unshare pivot_root node npm; do
    command -v "$word" >/dev/null || cannot "$word is not on PATH"
  done
  unshare --mount --pid --fork true 2>/dev/null || cannot 'this process may not make namespaces'
  free=$(df --output=avail -m "${TMPDIR:-/tmp}" | tail -n 1)
  [ "$free" -ge $FREE_MIB ] || cannot "it takes $FREE_MIB MiB in ${TMPDIR:-/tmp}, and $free are free"
  if ! command -v mmdebstrap >/dev/null; then
    DEBIAN_FRONTEND=noninteractive bounded 300 sh -c \
      'apt-get -q update && apt-get install -yq --no-install-recommends mmdebstrap' >"$folder/log" 2>&1 ||
      cannot "mmdebstrap cannot be installed ($(grep -a '^E:' "$folder/log" | tail -n 1))"
  fi
}

# The entries for Debian among those that apt has here, a line each.
sources() {
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)#$(ORIGIN)' 'Created-By: Packages' |
    sed -n 's/#Debian$//p' | sort -u
}

# What apt needs to reach the mirror: proxies, certificates and who it says it is.
apt_options() {
  apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Languages|Changelogs|GzipIndexes)'
}

# copy PATH...: to the same place in the root, if it is there at all.
copy() {
  local path
  for path in "$@"; do
    if [ ! -e "$path" ]; then continue; fi
    mkdir -p "$root$(dirname "$path")" && cp -rL --preserve=mode "$path" "$root$(dirname "$path")/"
  done
}

# The very Node.js and npm of this machine, where they are here.
copy_node() {
  local node npm prefix
  node=$(readlink -f "$(command -v node)") npm=$(readlink -f "$(command -v npm)")
  prefix=$(dirname "$(dirname "$node")")
  npm=${npm%/bin/npm-cli.js}
  copy "$node" "$prefix/include/node" "$npm"
  ln -sf "$npm/bin/npm-cli.js" "$root$prefix/bin/npm"
  ln -sf "$npm/bin/npx-cli.js" "$root$prefix/bin/npx"
  path=$prefix/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  chroot "$root" env -i "PATH=$path" sh -c 'node --version && npm --version' >"$folder/log" 2>&1 ||
    cannot "this machine's Node.js does not run in it ($(tail -n 1 "$folder/log"))"
}

# How this machine reaches its networks: names, certificates, npm's configuration.
copy_network() {
  copy /etc/resolv.conf /etc/hosts /etc/ssl/certs "${NODE_EXTRA_CA_CERTS:-}" "${SSL_CERT_FILE:-}"
  copy "$(npm config get globalconfig)" "$(npm config get cafile)"
  local mine
  mine=$(npm config get userconfig)
  if [ -f "$mine" ]; then cp --preserve=mode "$mine" "$root/root/.npmrc"; fi
}

make_root() {
  root=$folder/root
  sources >"$folder/sources"
  [ -s "$folder/sources" ] || cannot "this machine's apt has no package lists of Debian"
  apt_options >"$folder/apt.conf"
  local suite
  suite=$(cut -d ' ' -f 3 "$folder/sources" | sort | head -n 1)
  # Where a mirror wants a name, apt has it in these.
  bounded $MAKE_SECONDS unshare --mount mmdebstrap --quiet --mode=root --variant=minbase \
    --aptopt="$folder/apt.conf" \
    --setup-hook='mkdir -p "$1/etc/apt" && for f in /etc/apt/auth.conf /etc/apt/auth.conf.d; do if [ -e $f ]; then cp -r $f "$1/etc/apt/"; fi; done' \
    "$suite" "$root" "$folder/sources" >"$folder/log" 2>&1 ||
    cannot "mmdebstrap failed ($(grep -aiE '^E:|error' "$folder/log" | tail -n 1))"
  copy_node
  copy_network
  git clone --quiet --depth 1 "file://$PWD" "$root$CLONE" || cannot 'the checkout cannot be cloned'
}

# inside SECONDS COMMAND: the command in the clone, with nothing of this process's environment but the way to networks.
inside() {
  local name environment=()
  for name in $(compgen -e); do
    if [[ ${name^^} =~ ^(HTTPS?_PROXY|NO_PROXY|ALL_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|NPM_CONFIG_REGISTRY)$ ]]; then
      environment+=("$name=${!name}")
    fi
  done
  printf '\n--- on a bare machine: %s\n' "$2"
  bounded "$1" unshare --mount --pid --fork --kill-child bash -c '
    set -e
    root=$1 clone=$2 command=$3
    shift 3
    mount --bind "$root" "$root"
    cd "$root"
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount --rbind /dev dev
    mkdir -p .host
    pivot_root . .host
    exec chroot . /usr/bin/env -i "$@" sh -c "umount -l /.host && rmdir /.host && cd $clone && $command"
  ' bare "$root" "$CLONE" "$2" "PATH=$path" HOME=/root LANG=C.UTF-8 CI=true NO_COLOR=1 "${environment[@]}"
}

folder=$(mktemp -d)
check
make_root
status=0
inside $DEMO_SECONDS 'npm run demo' || status=1
if [ "${1:-}" != --demo ]; then
  inside $TEST_SECONDS 'npm test' || status=1
fi
exit $status
