# A tree of packages, in which one file at a time names a program that nothing shipped may know.
PACKAGES=$DEV/shipped
library=$PACKAGES/mvm-node/usr/lib/mvm
mkdir -p "$library/hostd" "$PACKAGES/mvm-node/usr/lib/systemd/system" "$DEV/jar"
# program C: an mvm-launch of these lines
program() { printf '%s\nvoid _start(void) { for (;;); }\n' "$1" | gcc -x c -O0 -nostdlib -static -o "$library/mvm-launch" -; }

program 'const char said[] = "an ordinary sentence";'
printf '[Service]\nInaccessiblePaths=-/run/docker.sock\n' >"$PACKAGES/mvm-node/usr/lib/systemd/system/a.service"
equal "what names none of them passes, and so does a unit that closes a socket" "" "$(nothing_foreign)"
program '__asm__(".text; .ascii \"sSH;(sAB\"");'
equal "letters of machine code are no word" "" "$(nothing_foreign)"
program 'const char said[] = "docker://a docker-archive:b docker.io/c application/vnd.docker.image";'
equal "names of image formats and of a registry pass" "" "$(nothing_foreign)"
program 'const char said[] = "docker run docker.io/c";'
equal "and what stands beside them is told" "$library/mvm-launch" "$(nothing_foreign)"
program 'const char said[] = "run scp here";'
equal "a word of a program is told" "$library/mvm-launch" "$(nothing_foreign)"
program 'char said[] = "run scp here";'
equal "a word of a program's variables is told" "$library/mvm-launch" "$(nothing_foreign)"
rm "$library/mvm-launch"
{ printf 'docker\n' && head -c 4000000 /dev/zero; } >"$DEV/jar/first"
(cd "$DEV/jar" && python3 -m zipfile -c "$library/hostd/mvm-hostd.jar" first)
equal "a word at the beginning of a large jar is told" "$library/hostd/mvm-hostd.jar" "$(nothing_foreign)"
head -c 100 /dev/zero >"$library/hostd/mvm-hostd.jar"
equal "a jar that cannot be read is told" "$library/hostd/mvm-hostd.jar cannot be read" "$(nothing_foreign 2>/dev/null)"
rm "$library/hostd/mvm-hostd.jar"
{ printf '[Service]\nExecStart=/usr/bin/ssh host\n' && seq -f '# %g' 100000; } >"$PACKAGES/mvm-node/usr/lib/systemd/system/a.service"
equal "a word of a unit is told" "$PACKAGES/mvm-node/usr/lib/systemd/system/a.service" "$(nothing_foreign)"
rm "$PACKAGES/mvm-node/usr/lib/systemd/system/a.service"
