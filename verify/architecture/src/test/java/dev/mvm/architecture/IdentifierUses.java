package dev.mvm.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Finds where compiled code makes text of a Java identifier: the name of an enum's constant, directly or by being
/// appended to a string, or the name of a class.
///
/// Does not see a constant that is first stored as an `Object`, nor what reflection does.
final class IdentifierUses {
    private static final ClassDesc ENUM = ClassDesc.of("java.lang.Enum");
    private static final ClassDesc STRING = ClassDesc.of("java.lang.String");
    private static final ClassDesc CLASS = ClassDesc.of("java.lang.Class");
    private static final Set<String> OF_CONSTANTS = Set.of("name", "toString", "valueOf");
    private static final Set<String> OF_CLASSES =
            Set.of("getName", "getSimpleName", "getTypeName", "getCanonicalName", "toString");

    private final Set<ClassDesc> enums = new HashSet<>();

    /// Those whose text is a word of their own.
    private final Set<ClassDesc> spelled = new HashSet<>();

    IdentifierUses(Collection<ClassModel> classes) {
        enums.add(ENUM);
        for (var model : classes) {
            if (model.superclass()
                    .filter(parent -> parent.asSymbol().equals(ENUM))
                    .isPresent()) {
                enums.add(model.thisClass().asSymbol());
                if (model.methods().stream().anyMatch(IdentifierUses::isToString)) {
                    spelled.add(model.thisClass().asSymbol());
                }
            }
        }
    }

    private static boolean isToString(MethodModel method) {
        return method.methodName().equalsString("toString")
                && method.methodTypeSymbol().parameterCount() == 0;
    }

    /// Returns the uses in one class, each as `method: what`.
    List<String> in(ClassModel model) {
        var out = new ArrayList<String>();
        for (var method : model.methods()) {
            method.code()
                    .ifPresent(code -> uses(model, code)
                            .forEach(use -> out.add(method.methodName().stringValue() + ": " + use)));
        }
        return out;
    }

    private List<String> uses(ClassModel in, CodeModel code) {
        var out = new ArrayList<String>();
        var pushed = Optional.<ClassDesc>empty();
        int at = 0;
        for (var element : code) {
            if (element instanceof Instruction instruction) {
                switch (instruction) {
                    case InvokeInstruction call -> {
                        var owner = call.owner().asSymbol();
                        called(in, owner, call.name().stringValue()).ifPresent(out::add);
                        if (owner.equals(STRING) && call.name().equalsString("valueOf")) {
                            pushed.filter(this::isUnspelled)
                                    .ifPresent(type -> out.add("text of " + type.displayName()));
                        }
                    }
                    case InvokeDynamicInstruction call -> out.addAll(referred(in, call));
                    default -> {}
                }
                pushed = pushed(code, instruction, at);
                at += instruction.sizeInBytes();
            }
        }
        return out;
    }

    private boolean isUnspelled(ClassDesc type) {
        return enums.contains(type) && !spelled.contains(type);
    }

    private Optional<String> called(ClassModel in, ClassDesc owner, String name) {
        boolean ofConstant = enums.contains(owner)
                && OF_CONSTANTS.contains(name)
                && !(name.equals("toString") && spelled.contains(owner))
                && !isOwnLookUp(in, owner, name);
        boolean ofClass = owner.equals(CLASS) && OF_CLASSES.contains(name);
        return ofConstant || ofClass ? Optional.of(owner.displayName() + "." + name) : Optional.empty();
    }

    /// The `valueOf` that the compiler gives to each enum calls that of [Enum].
    private static boolean isOwnLookUp(ClassModel in, ClassDesc owner, String name) {
        return name.equals("valueOf")
                && owner.equals(ENUM)
                && in.superclass()
                        .filter(parent -> parent.asSymbol().equals(ENUM))
                        .isPresent();
    }

    /// Method references, and what is appended without being made text before.
    private List<String> referred(ClassModel in, InvokeDynamicInstruction call) {
        var out = new ArrayList<String>();
        for (var argument : call.bootstrapArgs()) {
            if (argument instanceof DirectMethodHandleDesc method) {
                called(in, method.owner(), method.methodName()).ifPresent(out::add);
            }
        }
        if (call.name().equalsString("makeConcatWithConstants")) {
            call.typeSymbol().parameterList().stream()
                    .filter(this::isUnspelled)
                    .forEach(type -> out.add("text of " + type.displayName()));
        }
        return out;
    }

    /// Returns the type of what `instruction` leaves on top of the stack, as far as it says so.
    private static Optional<ClassDesc> pushed(CodeModel code, Instruction instruction, int at) {
        return switch (instruction) {
            case InvokeInstruction call -> Optional.of(call.typeSymbol().returnType());
            case FieldInstruction field -> Optional.of(field.typeSymbol());
            case LoadInstruction load -> variable(code, load.slot(), at);
            default -> Optional.empty();
        };
    }

    private static Optional<ClassDesc> variable(CodeModel code, int slot, int at) {
        Function<Label, Integer> place = label -> ((CodeAttribute) code).labelToBci(label);
        return code.elementStream()
                .filter(LocalVariable.class::isInstance)
                .map(LocalVariable.class::cast)
                .filter(variable -> variable.slot() == slot
                        && place.apply(variable.startScope()) <= at
                        && at < place.apply(variable.endScope()))
                .map(LocalVariable::typeSymbol)
                .findFirst();
    }

    /// Returns the outermost classes of `classes` that use identifiers, with those uses.
    static Map<String, Set<String>> byFile(Collection<ClassModel> classes) {
        var uses = new IdentifierUses(classes);
        return classes.stream()
                .filter(model -> !uses.in(model).isEmpty())
                .collect(Collectors.groupingBy(
                        model -> model.thisClass()
                                .asInternalName()
                                .replaceFirst("\\$.*", "")
                                .replace('/', '.'),
                        TreeMap::new,
                        Collectors.flatMapping(
                                model -> uses.in(model).stream(), Collectors.toCollection(TreeSet::new))));
    }
}
