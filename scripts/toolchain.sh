# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Finds JDK 25 and Maven, or installs them where the distribution has them. Sourced by ./meikyo and
# .ci/run. Looks, in this order: MEIKYO_JAVA_HOME, JAVA_HOME, the PATH, the usual folders.
# As root it installs; otherwise it prints the command to run. It downloads nothing by itself.

JAVA_WANTED=25

say() { printf 'meikyo: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The version of the JDK in a folder, without starting it where its release file tells.
java_feature_version() {
  local home=$1 version=
  [[ -x $home/bin/java && -x $home/bin/javac ]] || return 1
  if [[ -r $home/release ]]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
  fi
  if [[ -z $version ]]; then
    version=$("$home/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
  fi
  printf '%s' "$version"
}

is_wanted_jdk() { [[ -n ${1:-} && $(java_feature_version "$1") == "$JAVA_WANTED" ]]; }

# Sets and exports JAVA_HOME; fails if there is no JDK of the wanted version.
find_java() {
  local home javac
  if [[ -n ${MEIKYO_JAVA_HOME:-} ]]; then
    is_wanted_jdk "$MEIKYO_JAVA_HOME" ||
      die "MEIKYO_JAVA_HOME=$MEIKYO_JAVA_HOME is not a JDK $JAVA_WANTED. Correct it, or unset it and one is looked for."
    export JAVA_HOME=$MEIKYO_JAVA_HOME
    return 0
  fi
  if is_wanted_jdk "${JAVA_HOME:-}"; then
    export JAVA_HOME
    return 0
  fi
  if javac=$(command -v javac); then
    home=$(dirname "$(dirname "$(readlink -f "$javac")")")
    if is_wanted_jdk "$home"; then
      export JAVA_HOME=$home
      return 0
    fi
  fi
  for home in /usr/lib/jvm/* /usr/java/* /opt/* /opt/*/* "${HOME:-/root}"/.sdkman/candidates/java/* "${HOME:-/root}"/.jdks/*; do
    if is_wanted_jdk "$home"; then
      export JAVA_HOME=$home
      return 0
    fi
  done
  return 1
}

# Sets MVN; fails if there is no Maven.
# shellcheck disable=SC2034 # MVN is used by ./meikyo
find_maven() {
  local candidate
  if MVN=$(command -v mvn); then return 0; fi
  for candidate in /usr/share/maven/bin/mvn /opt/maven/bin/mvn /opt/apache-maven*/bin/mvn "${HOME:-/root}"/.sdkman/candidates/maven/current/bin/mvn; do
    if [[ -x $candidate ]]; then
      MVN=$candidate
      return 0
    fi
  done
  return 1
}

# install_first WHAT MANAGER:PACKAGE... installs the first package that the distribution offers.
install_first() {
  local what=$1 candidate manager package
  shift
  for candidate in "$@"; do
    manager=${candidate%%:*} package=${candidate#*:}
    command -v "$manager" >/dev/null || continue
    if [[ $(id -u) != 0 ]]; then
      say "$what is not installed. Run: sudo $manager install -y $package"
      continue
    fi
    say "installing $package ($what)"
    if install_package "$manager" "$package"; then return 0; fi
  done
  return 1
}

install_package() {
  local manager=$1 package=$2 log
  log=$(mktemp)
  if {
    if [[ $manager == apt-get ]]; then
      apt_has "$package" || { apt-get update && apt_has "$package"; } &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package"
    else
      "$manager" install -y "$package"
    fi
  } >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 3 "$log" | sed 's/^/  /' >&2
  rm -f "$log"
  return 1
}

apt_has() { [[ -n $(apt-cache search --names-only "^$1\$") ]]; }

# need COMMAND PACKAGE: installs a package (of the same name everywhere) if its command is missing.
need() {
  PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || install_first "$1" "apt-get:$2" "dnf:$2" "zypper:$2" ||
    die "$1 is needed (package $2) and could not be installed."
}

ensure_java() {
  find_java && return 0
  install_first "JDK $JAVA_WANTED" apt-get:openjdk-25-jdk-headless apt-get:temurin-25-jdk dnf:java-25-openjdk-devel zypper:java-25-openjdk-devel || true
  find_java ||
    die "no JDK $JAVA_WANTED was found. If your distribution has none, take one from https://adoptium.net and set MEIKYO_JAVA_HOME to its folder."
}

ensure_maven() {
  find_maven && return 0
  install_first Maven apt-get:maven dnf:maven zypper:maven || true
  find_maven || die "Maven (mvn) was not found. Install it with your distribution's package manager, or put it on the PATH."
}
