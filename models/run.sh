# What the commands in models/ share; each sources it and then calls run_command.
# Builds if needed, as ./start does. HEAP (1g): of the JVM; the model's weights lie beside it.
models_home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  echo "Cannot run: $*" >&2
  exit 2
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null 2>&1 \
  || fail "no Java at '$java'. Install a JDK 17 or later, or set JAVA_HOME to one."
java_version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
java_version=${java_version#1.}
[[ $java_version =~ ^[0-9]+$ ]] || fail "'$java -version' gives no version. Set JAVA_HOME to a JDK 17 or later."
((java_version >= 17)) || fail "Java $java_version is too old. Set JAVA_HOME to a JDK 17 or later."

build_scorer() { # in the repository's root
  local built
  built=$(compgen -G "scorer-stream/target/scorer-stream-*-exec.jar" | head -n 1)
  if [[ -n $built && -z $(find pom.xml {contract,scorer-stream}/{pom.xml,src/main} -type f -newer "$built" -print -quit) ]]; then
    return
  fi
  command -v mvn >/dev/null 2>&1 || fail "there is no mvn to build with. Install Maven 3.8 or later."
  echo "Building (the first time fetches libraries: some minutes; target/build.log has the details)" >&2
  mkdir -p target
  mvn -B -DskipTests -pl scorer-stream -am package >target/build.log 2>&1 || {
    grep -E '^\[(ERROR|FATAL)\]' target/build.log | head -n 12 >&2 || true
    fail "the build failed; target/build.log says why."
  }
  # Maven leaves a jar alone whose content is the same, and it would be built again at the next call.
  touch scorer-stream/target/scorer-stream-*-exec.jar
}

run_command() { # main class, its arguments
  local main=$1 options
  shift
  (cd "$models_home" && build_scorer) || exit $?
  options=(
    "-Xmx${HEAP:-1g}" -XX:+UseSerialGC -Xshare:auto -Dfile.encoding=UTF-8
    -Dlogback.configurationFile=tickets/scorer/command-logback.xml
    "-Dmodels.home=$models_home/models"
  )
  ((java_version < 18)) || options+=(-Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8)
  ((java_version < 22)) || options+=(--enable-native-access=ALL-UNNAMED)
  ((java_version < 24)) || options+=(--sun-misc-unsafe-memory-access=allow)
  # As ./start has it, and for its reasons.
  export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} ONEDNN_PRIMITIVE_CACHE_CAPACITY=${ONEDNN_PRIMITIVE_CACHE_CAPACITY:-2048}
  # exec: Ctrl-C reaches the JVM.
  exec "$java" "${options[@]}" -cp "$(compgen -G "$models_home/scorer-stream/target/scorer-stream-*-exec.jar" | head -n 1)" \
    "-Dloader.main=$main" org.springframework.boot.loader.launch.PropertiesLauncher "$@"
}
