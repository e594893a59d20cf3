package io.proximadb.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuestionTest {
  @Test
  void categoryMayStandAnywhere() {
    Question expected = new Question("something sweet to eat", "noun.food");

    assertThat(Question.parse(" something sweet to eat  category=noun.food")).isEqualTo(expected);
    assertThat(Question.parse("category=noun.food something sweet  to eat")).isEqualTo(expected);
    assertThat(Question.parse("something sweet to eat"))
        .isEqualTo(new Question("something sweet to eat", null));
    assertThat(Question.parse("category=noun.food").text()).isEmpty();
  }

  @Test
  void printsAsAsked() {
    assertThat(new Question("a dog", null)).hasToString("\"a dog\"");
    assertThat(new Question("a dog", "noun.animal"))
        .hasToString("\"a dog\"  where category = 'noun.animal'");
  }
}
