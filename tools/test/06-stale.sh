# A checkout that has been built, and what makes it stale.
tree=$DEV/built-tree
mkdir -p "$tree"/{foundation/one/src/{main,test}/java,foundation/one/target,protocol,process/cli/target/lib,process/one/src/main/java,native/{launch,hostd-start},packaging,verify/scenarios/one} \
    "$tree"/{tools/dev.d,tools/documents,docs/operations,.mvn}
touch "$tree/pom.xml" "$tree/NOTICE" "$tree/foundation/one/pom.xml"
sources=(foundation/one/src/main/java/One.java foundation/one/src/test/java/OneTest.java foundation/one/pom.xml pom.xml .mvn/jvm.config)
others=(foundation/one/target/One.class foundation/one/.cifuzz-corpus/OneTest/input verify/scenarios/one/01-step.sh verify/scenarios/README.md)
JAVA_BUILT=$DEV/java-built
is() { (cd "$tree" && "$1") && echo yes || echo no; } # FUNCTION
built() { # as of now, and all else before
    find "$tree" -exec touch -h -d '2 hours ago' {} +
    touch -d '1 hour ago' "$JAVA_BUILT"
}
changed() { # FILE
    mkdir -p "$(dirname "$tree/$1")"
    touch "$tree/$1"
}
built
equal "after a build there is nothing to build" yes "$(is java_is_built)"
for file in "${sources[@]}"; do
    built
    changed "$file"
    equal "$file is built from" no "$(is java_is_built)"
done
built
for file in "${others[@]}"; do
    changed "$file"
    equal "$file is not" yes "$(is java_is_built)"
done

RUN=$DEV/run PACKAGES=$DEV/packages JAVA_HOME=$DEV/elsewhere/jdk
mkdir -p "$RUN" "$PACKAGES"
jdk_version "$JAVA_HOME" >"$RUN/jdk"
export MVM_VERSION=1.0
version >"$PACKAGES/version"
find "$tree" -exec touch -h -d '2 hours ago' {} +
touch -d '1 hour ago' "$RUN/built" "$PACKAGES/built"
changed foundation/one/.cifuzz-corpus/OneTest/input
changed foundation/one/src/test/java/OneTest.java
equal "what fuzzing has found makes nothing to run stale" no "$(is stale)"
equal "nor packages" no "$(is packages_stale)"
changed foundation/one/src/main/java/One.java
equal "a source does" yes "$(is stale)"
equal "and packages, too" yes "$(is packages_stale)"
unset MVM_VERSION
