# jdk FOLDER VERSION: something that looks like a JDK.
jdk() {
    mkdir -p "$1/bin"
    printf '#!/bin/sh\n' >"$1/bin/javac"
    chmod +x "$1/bin/javac"
    printf 'JAVA_VERSION="%s"\nJAVA_RUNTIME_VERSION="%s"\n' "${2%%+*}" "$2" >"$1/release"
}
JDKS=$DEV/jvm
debian=$JDKS/java-25-openjdk-$(dpkg --print-architecture)
jdk "$JDKS/java-21-openjdk" 21.0.13+9
jdk "$DEV/elsewhere/jdk" 25.0.3+9-LTS
jdk "$debian" 25.0.5+8-1-deb13u1-Debian
ln -s "$debian" "$JDKS/a-name-of-debians"

equal "Debian's JDK is found" "$debian" "$(debian_jdk)"
equal "its version is told" 25.0.5+8-1-deb13u1-Debian "$(jdk_version "$debian")"
equal "JAVA_HOME does not decide" "$debian" "$(JAVA_HOME=$DEV/elsewhere/jdk && need_jdk && printf '%s' "$JAVA_HOME")"
equal "where there is no other JDK 25, none is found" "" "$(another_jdk "")"
equal "Debian's under another name is no other" "" "$(another_jdk "$JDKS/a-name-of-debians")"
equal "what JAVA_HOME names is another, if it is a JDK 25" "$DEV/elsewhere/jdk" "$(another_jdk "$DEV/elsewhere/jdk")"
equal "JAVA_HOME that names a JDK 21 is not used" "" "$(another_jdk "$JDKS/java-21-openjdk")"
jdk "$JDKS/other-25" 25.0.3+9-LTS
equal "without JAVA_HOME another one is found beside Debian's" "$JDKS/other-25" "$(another_jdk "")"
rm -r "$debian"
matches "without Debian's the check does not go on" "^dev: openjdk-25-jdk-headless is installed and is not in $JDKS" "$( (need_jdk) 2>&1)"
