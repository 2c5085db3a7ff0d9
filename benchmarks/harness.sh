# What the harnesses here share; each sources it and then calls run_harness.
# Builds if needed. Ctrl-C reaches the JVM, which ends every process that it started.
invoked_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "Cannot run: $*" >&2
  exit 2
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null 2>&1 \
  || fail "no Java at '$java'. Install a JDK 17 or later, or set JAVA_HOME to one."
for program in setsid kill; do
  command -v "$program" >/dev/null 2>&1 || fail "there is no '$program'. Install util-linux and procps."
done

class_path=benchmarks/target/class-path.txt
stale() {
  [[ -f $class_path ]] || return 0
  local jar
  for jar in ingest-api scorer-stream results-sink; do
    compgen -G "$jar/target/*-exec.jar" >/dev/null || return 0
  done
  [[ -n $(find pom.xml ./*/pom.xml ./*/src/main -type f -newer "$class_path" -print -quit) ]]
}


run_harness() { # main class, its arguments
  local main=$1 arguments=()
  shift
  if [[ ! -f $class_path ]] || { [[ " $* " != *" --help "* && " $* " != *" --stop "* ]] && stale; }; then
    command -v mvn >/dev/null 2>&1 || fail "there is no mvn to build with. Install Maven 3.8 or later."
    echo "Building (target/build.log has the details)"
    mkdir -p target
    mvn -B -DskipTests package >target/build.log 2>&1 || {
      grep -E '^\[(ERROR|FATAL)\]' target/build.log | head -n 12 >&2 || true
      fail "the build failed; target/build.log says why."
    }
    # Maven leaves the file as it is while its content stays the same; its time says when all was built.
    touch "$class_path"
  fi
  while (($#)); do
    case $1 in
      --work | --stop | --texts | --model | --peers | --python | --json | --labelled)
        (($# > 1)) || fail "$1 needs a path"
        # As seen from where the caller stands. A link stays one: a virtual environment is known by its own.
        arguments+=("$1" "$(cd "$invoked_from" && realpath -ms "$2")")
        shift 2
        ;;
      *)
        arguments+=("$1")
        shift
        ;;
    esac
  done
  exec "$java" -Xmx1g -XX:+UseSerialGC -Dfile.encoding=UTF-8 -Dbenchmarks.home="$PWD" \
    -cp "benchmarks/target/classes:$(<"$class_path")" "$main" ${arguments[@]+"${arguments[@]}"}
}
