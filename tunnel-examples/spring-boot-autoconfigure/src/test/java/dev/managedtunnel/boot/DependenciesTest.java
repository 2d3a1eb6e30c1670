package dev.managedtunnel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** What an application gets into its bill of materials with this module: nothing that it may not want. */
class DependenciesTest {
    @Test
    void onlyTheLibraryAndBootItselfAreBroughtAlong() throws Exception {
        Document pom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File("pom.xml"));
        NodeList required = (NodeList) XPathFactory.newInstance()
                .newXPath()
                .evaluate(
                        "/project/dependencies/dependency[not(optional = 'true') and not(scope = 'test')]/artifactId",
                        pom,
                        XPathConstants.NODESET);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < required.getLength(); i++) {
            names.add(required.item(i).getTextContent());
        }
        assertThat(names).containsExactly("tunnel-core", "spring-boot-autoconfigure");
    }
}
