"""What is looked for only where a sign of it stands: no phrase may lack its sign, or it would never be found."""

import pytest

from parsers import replywords
from parsers.reply import reply_of


@pytest.mark.parametrize("phrase", replywords.ABOVE)
def test_each_request_to_answer_above_a_line_is_found(phrase: str) -> None:
    assert any(sign in phrase for sign in replywords.ABOVE_SIGNS)
    text = f"Thank you, that helped.\n\n##- {phrase.capitalize()} -##\n\nYour ticket 17 has been updated.\n"
    assert reply_of(text)[0] == "Thank you, that helped."
